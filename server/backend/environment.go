package backend

import (
	"strings"
	"time"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/python"
	"dynamic-sessions-mcp/tools"
)

// Environment is what a model is told about where its code runs. It depends on
// the configuration alone, so that the tools are described the same way before
// anything is installed and after.
func Environment(c config.Config) tools.Environment {
	if c.Azure.Set() {
		return remoteEnvironment(c)
	}
	e := localEnvironment(c.Pool)
	e.Folders = c.UserFolders()
	rules := c.EgressRules()
	e.Index, e.Hosts, e.Asks = rules.PyPI, rules.Hosts(), c.AsksUser()
	for _, s := range c.Secrets {
		e.Secrets = append(e.Secrets, tools.Secret{Name: s.Name, Host: s.Host()})
	}
	return e
}

// remoteEnvironment is that of a pool elsewhere, whose owner has chosen its
// network. The packages are some of those that Azure documents for its image.
func remoteEnvironment(c config.Config) tools.Environment {
	e := tools.Environment{
		NetworkUnknown: true,
		Cooldown:       max(time.Duration(c.Pool.Cooldown), time.Duration(c.Azure.KeepAlive)),
		Packages: []string{
			"numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "seaborn", "statsmodels", "sympy",
			"pillow", "openpyxl", "requests", "beautifulsoup4",
		},
	}
	if at, err := azure.ParseEndpoint(c.Azure.PoolEndpoint); err == nil {
		e.OneFigure = at.Azure()
	}
	return e
}

// localEnvironment is that of the embedded pool.
func localEnvironment(c config.Pool) tools.Environment {
	e := tools.Environment{
		Network:  c.Isolation == local.None,
		Cooldown: time.Duration(c.Cooldown),
	}
	if c.OnIdle == local.Hibernate && c.Isolation.Sandboxed() {
		e.Cooldown += time.Duration(c.SleepAge)
	}
	if c.Isolation == local.None {
		e.DataDir = "."
		e.Warning = "nothing isolates the code: it runs on the user's machine and may do everything the user may do."
	}
	if c.Python != "" {
		return e // another interpreter has what its owner installed
	}
	if parts := strings.SplitN(about.ReadBuild().Python, ".", 3); len(parts) == 3 {
		e.Python = parts[0] + "." + parts[1]
	}
	e.Packages = append(versioned("pandas", "numpy", "matplotlib", "polars"),
		"scipy", "scikit-learn", "seaborn", "statsmodels", "sympy", "duckdb", "pyarrow", "plotly", "altair", "networkx",
		"pillow", "openpyxl", "XlsxWriter", "python-docx", "python-pptx", "reportlab", "pypdf", "lxml", "beautifulsoup4", "tabulate",
	)
	return e
}

// versioned adds the locked versions to the names of packages whose changes break
// much of what models learned to write.
func versioned(names ...string) []string {
	for i, name := range names {
		names[i] = strings.TrimSpace(name + " " + python.Locked(name))
	}
	return names
}
