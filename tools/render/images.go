package render

import (
	"context"
	"encoding/base64"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/tools/notices"
)

// fitImages encodes as many pictures as have room in limit bytes, smaller ones
// where need be, and says in a last block what was changed or left out.
func (a *answer) fitImages(ctx context.Context, limit int) []mcp.Content {
	const overhead = 200 // of an image or its note, besides the data
	if len(a.pictures) == 0 {
		return nil
	}
	wants := make([]int, len(a.pictures))
	for i, p := range a.pictures {
		wants[i] = base64.StdEncoding.EncodedLen(len(p.Data)) + overhead
	}
	var blocks []mcp.Content
	var notes notices.List
	for i, room := range divide(limit-len(a.pictures)*overhead, wants) {
		p, ok := a.images.Shrink(ctx, a.pictures[i], max(0, room-overhead)/4*3)
		if !ok {
			notes.About("image", i+1, "too large to be shown; save it to a file in %s and use download_file", a.dir.Where())
			continue
		}
		if p.Note != "" {
			notes.About("image", i+1, "%s", p.Note)
		}
		blocks = append(blocks, mcp.NewImageContent(base64.StdEncoding.EncodeToString(p.Data), p.MediaType))
	}
	if !notes.Empty() {
		blocks = append(blocks, mcp.NewTextContent(notes.String()))
	}
	return blocks
}
