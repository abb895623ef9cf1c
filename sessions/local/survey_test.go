package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func BenchmarkSurveyFolders(b *testing.B) {
	dir := b.TempDir()
	for i := range 20_000 {
		os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o755)
	}
	root, _ := os.OpenRoot(dir)
	box := &box{dir: dir, root: root, account: newAccount(Options{}.withDefaults())}
	for b.Loop() {
		if v, err := box.survey(context.Background(), true); err != nil || v.files != 20_000 {
			b.Fatal(v, err)
		}
	}
}
