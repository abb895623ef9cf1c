package python

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fontPackages are the folders of the packages that have nothing but fonts, for
// the scripts that matplotlib's own font, DejaVu Sans, lacks:
//
//   - noto_cjk_sans_otc: Noto Sans CJK Regular, for Chinese, Japanese and
//     Korean; 15.5 MB to download, 19.5 MB on the disk
//   - manimgx_fonts: Noto Sans for Devanagari, Thai, Bengali, Tamil and sixteen
//     other scripts, symbols and emoji; 3.5 MB, 6.7 MB on the disk
//
// The kernel's fonts.py has figures drawn with them.
var fontPackages = [...]string{"noto_cjk_sans_otc", "manimgx_fonts"}

// linkFonts puts the fonts where matplotlib looks for its own fonts. Its cache, which
// finish creates, then names them by paths that are valid on the host and in a
// sandbox.
func (b *builder) linkFonts(context.Context) error {
	own := filepath.Join(b.site(), "matplotlib", "mpl-data", "fonts", "ttf")
	for _, folder := range fontPackages {
		files, err := os.ReadDir(filepath.Join(b.site(), folder))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a recipe without it
		}
		if err != nil {
			return err
		}
		for _, file := range files {
			if !isFont(file.Name()) {
				continue
			}
			target := filepath.Join("..", "..", "..", "..", folder, file.Name())
			if err := os.Symlink(target, filepath.Join(own, file.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func isFont(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".ttf", ".ttc", ".otf":
		return true
	}
	return false
}
