//go:build !long && !race

package cachefolder

// usersAtOnce is how many users start a server at the same time.
const usersAtOnce = 4
