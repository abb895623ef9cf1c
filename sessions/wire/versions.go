package wire

// API versions, as api-version names them.
const (
	Version20240202 = "2024-02-02-preview"
	Version20240802 = "2024-08-02-preview"
	Version20241002 = "2024-10-02-preview"
	Version20250202 = "2025-02-02-preview"
	Version20251002 = "2025-10-02-preview"
)

// Wrapped reports whether callers of an API version put what they send below
// "properties". Versions that nobody knows yet are taken for flat.
func Wrapped(version string) bool { return version < Version20241002 }

// Parameters of a query.
const (
	ParamVersion    = "api-version"
	ParamIdentifier = "identifier"
	ParamPath       = "path"
	ParamRecursive  = "recursive"
	ParamSkip       = "skip"
)

// Headers.
const (
	// HeaderSessionGUID names the incarnation of the session that answered. It
	// changes when the session behind an identifier was replaced.
	HeaderSessionGUID = "X-Ms-Session-Guid"
	// HeaderErrorCode repeats the code of an error's body.
	HeaderErrorCode = "X-Ms-Error-Code"
	// HeaderOperationID names an execution; a caller may choose it.
	HeaderOperationID = "Operation-Id"
	// HeaderOperationLocation is where an asynchronous execution is found.
	HeaderOperationLocation = "Operation-Location"
	// HeaderVersions lists the API versions that a service knows.
	HeaderVersions = "Api-Supported-Versions"
	// HeaderExecutionTime is how many milliseconds the code ran.
	HeaderExecutionTime = "X-Ms-Container-Execution-Duration"
	// HeaderTotalTime is how many milliseconds the service took for a call.
	HeaderTotalTime = "X-Ms-Total-Execution-Service-Time"
	// HeaderAllocationTime is how many milliseconds it took to find a session.
	HeaderAllocationTime = "X-Ms-Allocation-Time"

	// HeaderAPIKey has the key for the MCP server of a pool.
	HeaderAPIKey = "X-Ms-Apikey"

	// HeaderDetails asks for Details in the answer to an execution. Azure does
	// not know it.
	HeaderDetails = "Dynamic-Sessions-Details"
)

// Scope is what a token for the data plane is asked for.
const Scope = "https://dynamicsessions.io/.default"

// The role that a caller needs on the pool.
const (
	Role   = "Azure ContainerApps Session Executor"
	RoleID = "0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0"
)

// Limits of the service.
const (
	MaxTimeoutSeconds = 220
	MaxUpload         = 128 << 20 // bytes of one file
)
