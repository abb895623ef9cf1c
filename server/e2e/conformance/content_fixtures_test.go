//go:build conformance

package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/png"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// pixel is a picture, as PNG in Base64.
func pixel() string {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// silence is a sound, as WAV in Base64: one sample of 8 bits, and one byte to
// make the chunk even.
func silence() string {
	const rate = 8000
	b := []byte("RIFF\x26\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = append(b, "\x01\x00\x08\x00data\x01\x00\x00\x00\x80\x00"...)
	return base64.StdEncoding.EncodeToString(b)
}

func textResource(uri, kind, text string) mcp.TextResourceContents {
	return mcp.TextResourceContents{URI: uri, MIMEType: kind, Text: text}
}

// answering is a tool without arguments that always answers the same.
func answering(name, description string, result mcp.CallToolResult) server.ServerTool {
	return server.ServerTool{
		Tool: mcp.NewTool(name, mcp.WithDescription(description)),
		Handler: func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &result, nil
		},
	}
}

func contentFixtures() []server.ServerTool {
	of := func(content ...mcp.Content) mcp.CallToolResult { return mcp.CallToolResult{Content: content} }
	picture := mcp.NewImageContent(pixel(), "image/png")
	failed := of(mcp.NewTextContent("This tool intentionally returns an error for testing"))
	failed.IsError = true
	schema := answering("json_schema_2020_12_tool", "", of(mcp.NewTextContent("called")))
	schema.Tool = mcp.NewToolWithRawSchema("json_schema_2020_12_tool", "Has every keyword in its schema.", json.RawMessage(wideSchema))
	inHeader := answering("test_x_mcp_header", "Has an argument in a header too.", of(mcp.NewTextContent("called")))
	mcp.WithString("region", func(schema map[string]any) { schema["x-mcp-header"] = "Region" })(&inHeader.Tool)
	return []server.ServerTool{
		inHeader,
		answering("test_simple_text", "Answers text.", of(mcp.NewTextContent("This is a simple text response for testing."))),
		answering("test_image_content", "Answers a picture.", of(picture)),
		answering("test_audio_content", "Answers a sound.", of(mcp.NewAudioContent(silence(), "audio/wav"))),
		answering("test_embedded_resource", "Answers a resource.", of(mcp.NewEmbeddedResource(
			textResource("test://embedded-resource", "text/plain", "This is an embedded resource content.")))),
		answering("test_multiple_content_types", "Answers text, a picture and a resource.", of(
			mcp.NewTextContent("Multiple content types test:"), picture,
			mcp.NewEmbeddedResource(textResource("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`)))),
		answering("test_error_handling", "Answers an error.", failed),
		schema,
	}
}

// wideSchema uses what JSON Schema 2020-12 has and older drafts, or lists of
// supported keywords, have not.
const wideSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"$defs": {"address": {"$anchor": "addressDef", "type": "object",
		"properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
	"properties": {
		"name": {"type": "string"},
		"address": {"$ref": "#/$defs/address"},
		"contactMethod": {"type": "string", "enum": ["phone", "email"]},
		"phone": {"type": "string"},
		"email": {"type": "string"}
	},
	"allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
	"if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
	"then": {"required": ["phone"]},
	"else": {"required": ["email"]},
	"additionalProperties": false
}`

func addResourceFixtures(s *server.MCPServer) {
	add := func(uri, kind string, contents mcp.ResourceContents) {
		s.AddResource(mcp.NewResource(uri, uri, mcp.WithMIMEType(kind), mcp.WithResourceDescription("For the conformance suite.")),
			func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				return []mcp.ResourceContents{contents}, nil
			})
	}
	const text, binary, watched = "test://static-text", "test://static-binary", "test://watched-resource"
	add(text, "text/plain", textResource(text, "text/plain", "This is the content of the static text resource."))
	add(binary, "image/png", mcp.BlobResourceContents{URI: binary, MIMEType: "image/png", Blob: pixel()})
	add(watched, "text/plain", textResource(watched, "text/plain", "Watched resource content"))
	s.AddResourceTemplate(mcp.NewResourceTemplate("test://template/{id}/data", "template", mcp.WithTemplateDescription("For the conformance suite.")),
		func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			id, _ := r.Params.Arguments["id"].([]string)
			content, err := json.Marshal(map[string]any{"id": id[0], "templateTest": true, "data": "Data for ID: " + id[0]})
			return []mcp.ResourceContents{textResource(r.Params.URI, "application/json", string(content))}, err
		})
}

func addPromptFixtures(s *server.MCPServer) {
	add := func(name string, arguments []string, content func(map[string]string) []mcp.Content) {
		options := []mcp.PromptOption{mcp.WithPromptDescription("For the conformance suite.")}
		for _, argument := range arguments {
			options = append(options, mcp.WithArgument(argument, mcp.RequiredArgument(), mcp.ArgumentDescription("Any text.")))
		}
		s.AddPrompt(mcp.NewPrompt(name, options...), func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			var messages []mcp.PromptMessage
			for _, c := range content(r.Params.Arguments) {
				messages = append(messages, mcp.NewPromptMessage(mcp.RoleUser, c))
			}
			return &mcp.GetPromptResult{Messages: messages}, nil
		})
	}
	add("test_simple_prompt", nil, func(map[string]string) []mcp.Content {
		return []mcp.Content{mcp.NewTextContent("This is a simple prompt for testing.")}
	})
	add("test_prompt_with_arguments", []string{"arg1", "arg2"}, func(a map[string]string) []mcp.Content {
		return []mcp.Content{mcp.NewTextContent("Prompt with arguments: arg1='" + a["arg1"] + "', arg2='" + a["arg2"] + "'")}
	})
	add("test_prompt_with_embedded_resource", []string{"resourceUri"}, func(a map[string]string) []mcp.Content {
		return []mcp.Content{
			mcp.NewEmbeddedResource(textResource(a["resourceUri"], "text/plain", "Embedded resource content for testing.")),
			mcp.NewTextContent("Please process the embedded resource above."),
		}
	})
	add("test_prompt_with_image", nil, func(map[string]string) []mcp.Content {
		return []mcp.Content{mcp.NewImageContent(pixel(), "image/png"), mcp.NewTextContent("Please analyze the image above.")}
	})
	s.AddPrompt(mcp.NewPrompt("test_input_required_result_prompt", mcp.WithPromptDescription("Asks what it is about.")), promptInput)
}
