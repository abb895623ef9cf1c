package render

import (
	"context"
	"encoding/base64"

	"github.com/mark3labs/mcp-go/mcp"
)

// fitImages encodes the pictures so that they have room in limit bytes, smaller ones
// where need be. It returns one for each picture, nil for one that has no room, and
// the notices say what was changed or left out.
func (a *answer) fitImages(ctx context.Context, limit int) []mcp.Content {
	const overhead = 200 // of an image or its note, besides the data
	var wants []int
	for _, p := range a.parts {
		if p.picture != nil {
			wants = append(wants, base64.StdEncoding.EncodedLen(len(p.picture.Data))+overhead)
		}
	}
	if wants == nil {
		return nil
	}
	rooms := divide(limit-len(wants)*overhead, wants)
	images := make([]mcp.Content, 0, len(wants))
	for _, part := range a.parts {
		if part.picture == nil {
			continue
		}
		n := len(images)
		p, ok := a.images.Shrink(ctx, *part.picture, max(0, rooms[n]-overhead)/4*3)
		if !ok {
			a.notices.About("image", n+1, "too large to be shown; save it to a file in %s and use download_file", a.dir.Where())
			images = append(images, nil)
			continue
		}
		if p.Note != "" {
			a.notices.About("image", n+1, "%s", p.Note)
		}
		images = append(images, mcp.NewImageContent(base64.StdEncoding.EncodeToString(p.Data), p.MediaType))
	}
	return images
}
