package tools

import (
	"context"
	"errors"
	"io/fs"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/tools/prose"
)

// save streams a file to the host's disk.
func (t *Tools) save(ctx context.Context, c call, name string, args downloadArgs) (*mcp.CallToolResult, error) {
	f, body, err := t.open(ctx, c.session, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.notThere(ctx, c.session, name)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	path, err := t.host.Save(*args.saveTo, f.Name, body, f.Size)
	if err != nil {
		return nil, err
	}
	result := mcp.NewToolResultText("Saved " + prose.Name(t.dir.Path(f.Name)) + " as " + prose.Name(path) + ", " + prose.Size(f.Size) + ".")
	result.Meta = fileMeta(t.dir, f)
	return result, nil
}
