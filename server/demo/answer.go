package demo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // may be in an answer
	_ "image/png"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// An answer is the answer to one call, as an agent sees it.
type answer struct {
	failed bool
	text   string // all text blocks
	images []picture
	links  []string
}

// A picture is a decoded image.
type picture struct {
	image.Image
	path string // where it was saved
}

// receive shows an answer and saves its images.
func (d *demo) receive(result *mcp.CallToolResult, took time.Duration) (*answer, error) {
	a := &answer{failed: result.IsError}
	var problems []error
	for _, block := range result.Content {
		switch block := block.(type) {
		case mcp.TextContent:
			a.text += block.Text + "\n"
			d.screen.text(block.Text)
		case mcp.ImageContent:
			picture, err := d.save(block)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			a.images = append(a.images, picture)
		case mcp.ResourceLink:
			a.links = append(a.links, block.URI)
			d.screen.text("[link to " + block.URI + "]")
		default:
			problems = append(problems, fmt.Errorf("an answer has a block of unknown type %T", block))
		}
	}
	d.screen.took(a.failed, took)
	return a, errors.Join(problems...)
}

// save decodes an image and writes it to the folder of the demonstration.
func (d *demo) save(block mcp.ImageContent) (picture, error) {
	data, err := base64.StdEncoding.DecodeString(block.Data)
	if err != nil {
		return picture{}, fmt.Errorf("an image is not base64: %w", err)
	}
	decoded, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, fmt.Errorf("an image of type %s cannot be decoded: %w", block.MIMEType, err)
	}
	if block.MIMEType != "image/"+format {
		return picture{}, fmt.Errorf("an image claims to be %s but is %s", block.MIMEType, format)
	}
	d.screen.images++
	path, err := d.write(fmt.Sprintf("image-%02d.%s", d.screen.images, format), data)
	if err != nil {
		return picture{}, err
	}
	size := decoded.Bounds().Size()
	d.screen.text(fmt.Sprintf("[%s %d×%d, %d kB → saved as %s]", block.MIMEType, size.X, size.Y, (len(data)+500)/1000, path))
	return picture{decoded, path}, nil
}

// section returns the part of the text under a label, such as "result".
func (a *answer) section(label string) string {
	_, text, found := strings.Cut("\n"+a.text, "\n"+label+":\n")
	if !found {
		return ""
	}
	end := len(text)
	for _, next := range []string{"\n\nstdout:\n", "\n\nstderr:\n", "\n\nresult:\n", "\n\nerror:\n", "\nFiles in /mnt/data:\n", "\nNew file: "} {
		if i := strings.Index(text, next); i >= 0 {
			end = min(end, i)
		}
	}
	return strings.TrimRight(text[:end], "\n")
}
