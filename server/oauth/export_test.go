package oauth

// Skew is the skew of clocks that is put up with.
const Skew = skew
