package server

import (
	"strings"
	"time"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/tools"
)

// environment is what the model is told about where its code runs.
func (p program) environment() tools.Environment {
	if p.cfg.Azure.Set() {
		return environmentElsewhere(p.cfg)
	}
	return environment(p.cfg.Pool)
}

// environmentElsewhere is environment for a pool that is not on this machine.
// Its owner has chosen its network. The packages are some of those that Azure's
// documents name for its image.
func environmentElsewhere(c config.Config) tools.Environment {
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

// environment is what the model is told about where its code runs. It depends
// on the configuration alone, so that the tools are described alike before
// anything is installed and after.
func environment(c config.Pool) tools.Environment {
	e := tools.Environment{
		Network:  c.Isolation == config.IsolationNone,
		Cooldown: time.Duration(c.Cooldown),
	}
	if c.OnIdle == config.OnIdleHibernate && c.Isolation == config.IsolationGVisor {
		e.Cooldown += time.Duration(c.SleepAge)
	}
	if c.Isolation == config.IsolationNone {
		e.DataDir = "."
		e.Warning = "nothing isolates the code: it runs on the user's machine with all that the user may do."
	}
	if c.Python != "" {
		return e // another interpreter has what its owner installed
	}
	if parts := strings.SplitN(readBuild().python, ".", 3); len(parts) == 3 {
		e.Python = parts[0] + "." + parts[1]
	}
	e.Packages = []string{
		"numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "seaborn", "statsmodels", "sympy",
		"polars", "pyarrow", "plotly", "networkx", "pillow", "openpyxl", "XlsxWriter", "python-docx",
		"python-pptx", "reportlab", "lxml", "beautifulsoup4", "pyyaml", "tabulate",
	}
	return e
}
