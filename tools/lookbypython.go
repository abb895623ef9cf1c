package tools

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/tools/charset"
	"dynamic-sessions-mcp/tools/excerpt"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/preview"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
)

// lookByPython answers with what Python in the session sees of a file. otherwise is
// the sentence for a file of which it sees nothing, "" for the reason.
func (t *Tools) lookByPython(ctx context.Context, c call, f seenFile, kind preview.Kind, lines excerpt.Range, otherwise string) (*mcp.CallToolResult, error) {
	if run := t.runs.Going(c.session); run != nil && !run.Ended() {
		return t.mention(c, f, fmt.Sprintf("It can be shown when run %d has ended (wait_for_run).", run.Number)), nil
	}
	request := preview.Request{Path: f.path, Kind: kind, Lines: lines, MaxPixels: t.images.MaxPixels}
	view, run, err := preview.Python{Pool: t.pool}.Look(ctx, c.session, request, c.progress.events())
	if err != nil && !errors.Is(err, preview.ErrNoView) {
		return nil, err
	}
	var said notices.List
	if run != nil {
		t.history.Tell(ctx, &said, c.session, run)
	}
	problem := "It cannot be shown."
	switch {
	case view.Problem != "":
		problem = "It cannot be shown: " + prose.Line(view.Problem, 300) + "."
	case otherwise != "":
		problem = otherwise
	}
	shown := t.shown(ctx, &said, view)
	if set, ok := charset.Detect(f.sample, f.whole); ok && kind.Text() && len(view.Pictures) == 0 && (len(shown) == 0 || view.Problem != "") {
		said.About("", 0, "%s", problem)
		result, err := t.lookAtText(ctx, c, f, set, lines)
		if err != nil {
			return nil, err
		}
		return withNotices(result, said), nil
	}
	if len(shown) == 0 {
		return withNotices(t.mention(c, f, problem), said), nil
	}
	if view.Problem != "" {
		said.About("", 0, "Not all of it can be shown, the session says: %s.", prose.Line(view.Problem, 300))
	}
	result := mcp.NewToolResultText(f.about() + ":")
	result.Content = append(result.Content, shown...)
	return withNotices(t.linked(c, f, result), said), nil
}

// withNotices puts what the server has to say before everything else.
func withNotices(result *mcp.CallToolResult, said notices.List) *mcp.CallToolResult {
	if !said.Empty() {
		result.Content = append([]mcp.Content{mcp.NewTextContent(said.String())}, result.Content...)
	}
	return result
}

// shown are the text and the pictures of a view, which come from the session.
func (t *Tools) shown(ctx context.Context, said *notices.List, view preview.View) []mcp.Content {
	var blocks []mcp.Content
	if text := prose.Clean(view.Text); text != "" {
		blocks = append(blocks, mcp.NewTextContent(text))
	}
	images := t.images.NewBatch()
	room := base64.StdEncoding.DecodedLen(render.MaxResult - 4*len(view.Text) - 8192)
	for i, p := range view.Pictures {
		if small, ok := t.fitPicture(ctx, said, i+1, p, room/len(view.Pictures), images); ok {
			if p.Label != "" && len(view.Pictures) > 1 {
				blocks = append(blocks, mcp.NewTextContent(prose.Line(p.Label, 100)+":"))
			}
			blocks = append(blocks, small)
		}
	}
	return blocks
}

// fitPicture decodes a picture of the session, and makes it fit in room bytes.
func (t *Tools) fitPicture(ctx context.Context, said *notices.List, n int, p preview.Picture, room int, images *picture.Batch) (mcp.ImageContent, bool) {
	checked, err := images.Check(ctx, p.Data)
	if err != nil {
		said.About("picture", n, "not shown: %v", err)
		return mcp.ImageContent{}, false
	}
	small, ok := images.Shrink(ctx, checked, room)
	if !ok {
		said.About("picture", n, "too large to be shown")
		return mcp.ImageContent{}, false
	}
	return mcp.NewImageContent(base64.StdEncoding.EncodeToString(small.Data), small.MediaType), true
}
