module dynamic-sessions-mcp

go 1.26.0
