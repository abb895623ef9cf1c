package wire

// API versions, as api-version names them.
const (
	Version20240202 = "2024-02-02-preview"
	Version20240802 = "2024-08-02-preview"
	Version20241002 = "2024-10-02-preview"
	Version20250202 = "2025-02-02-preview"
	Version20251002 = "2025-10-02-preview"
)

// Wrapped reports whether requests of an API version have their content below
// "properties". Unknown versions count as flat.
func Wrapped(version string) bool { return version < Version20241002 }

// Parameters of a query.
const (
	ParamVersion    = "api-version"
	ParamIdentifier = "identifier"
	ParamPath       = "path"
	ParamRecursive  = "recursive"
	ParamSkip       = "skip"
	ParamAfter      = "after"
	ParamWait       = "wait"
)

// Headers.
const (
	// HeaderCorrelation names a call, as a GUID, in an answer of any kind.
	HeaderCorrelation = "Mise-Correlation-Id"
	// HeaderSessionGUID names the incarnation of the session that answered. It
	// changes when the session behind an identifier was replaced. It is on
	// answers to executions alone, as those that follow are.
	HeaderSessionGUID = "X-Ms-Session-Guid"
	// HeaderNewAllocation is true if the call made the session, else false.
	HeaderNewAllocation = "X-Ms-New-Allocation"
	// HeaderErrorCode repeats the code of an error's body.
	HeaderErrorCode = "X-Ms-Error-Code"
	// HeaderOperationID names an execution; a caller may choose it.
	HeaderOperationID = "Operation-Id"
	// HeaderOperationLocation is where an asynchronous execution is found.
	HeaderOperationLocation = "Operation-Location"
	// HeaderVersions lists the API versions that a service knows.
	HeaderVersions = "Api-Supported-Versions"

	// Milliseconds that an execution took, as decimal numbers:

	// HeaderPreparationTime is the time before a session was looked for.
	HeaderPreparationTime = "X-Ms-Preparation-Time"
	// HeaderAllocationTime is the time that it took to find a session.
	HeaderAllocationTime = "X-Ms-Allocation-Time"
	// HeaderAllocationRetries counts how often that was tried again.
	HeaderAllocationRetries = "X-Ms-Allocation-Retries"
	// HeaderExecutionTime is the time for which the code ran, a whole number.
	HeaderExecutionTime = "X-Ms-Container-Execution-Duration"
	// HeaderRequestTime is the time until there was something to be read.
	HeaderRequestTime = "X-Ms-Execution-Request-Time"
	// HeaderReadResponseTime is the time that it took to read it.
	HeaderReadResponseTime = "X-Ms-Execution-Read-Response-Time"
	// HeaderOverallTime is the time from the begin of the execution to its end.
	HeaderOverallTime = "X-Ms-Overall-Execution-Time"
	// HeaderTotalTime is the time that the service took for the call.
	HeaderTotalTime = "X-Ms-Total-Execution-Service-Time"

	// HeaderAPIKey has the key for the MCP server of a pool.
	HeaderAPIKey = "X-Ms-Apikey"

	// HeaderDetails asks for Details in the answer to an execution. Azure does
	// not know it.
	HeaderDetails = "Dynamic-Sessions-Details"
	// HeaderRun is the number of an execution, for the Late of later ones. Azure does
	// not know it.
	HeaderRun = "Dynamic-Sessions-Run"
	// HeaderOutput asks that the output of an execution can be read while it runs. Azure
	// does not know it.
	HeaderOutput = "Dynamic-Sessions-Output"
)

// Scope is the scope of tokens for the data plane.
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
