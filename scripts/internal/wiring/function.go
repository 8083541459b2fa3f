package wiring

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/kwipper/kwipper/scripts/internal/staging"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/topology"
)

// opened is a call of wire.go, such as spannerdb.Open(ctx, "billing"), with its arguments
// that are literal strings.
type opened struct {
	call      string
	arguments []string
}

// pushedKinds are the endpoints that Pub/Sub pushes to; they bury what fails for good.
var pushedKinds = []string{"Command", "Reply", "ObjectNotification"}

var endpointKind = regexp.MustCompile(`(?m)^var \w+ = (?:httpapi|event)\.(\w+)\(`)

// read finds what the function's own files open.
func read(root string, f staging.Function) (Function, error) {
	r := Function{
		Service: f.Service, Path: f.Path, Trigger: f.Trigger, Checks: "invoker", Databases: map[string]string{},
		Publishes: []string{}, Enqueues: []string{}, Secrets: []string{}, Objects: []string{},
	}
	calls, err := callsOf(filepath.Join(root, filepath.FromSlash(f.Path), "wire.go"))
	if err != nil {
		return r, err
	}
	for _, c := range calls {
		if err := r.add(f.Name, c, uses(calls, "sagadb.New")); err != nil {
			return r, err
		}
	}
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Path), "function.go"))
	if err != nil {
		return r, err
	}
	kind := endpointKind.FindSubmatch(source)
	if kind == nil {
		return r, fmt.Errorf("function.go is an endpoint of neither httpapi nor event")
	}
	r.addEndpoint(f.Name, string(kind[1]))
	for _, list := range []*[]string{&r.Publishes, &r.Enqueues, &r.Secrets} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return r, nil
}

// addEndpoint adds what the trigger itself does.
func (r *Function) addEndpoint(name, kind string) {
	if kind == "Command" {
		r.Publishes = append(r.Publishes, message.RepliesTopic)
	}
	if slices.Contains(pushedKinds, kind) {
		for _, p := range topology.Pushes {
			if p.Function == name {
				r.Publishes = append(r.Publishes, topology.DeadLetterTopic(p.Topic))
			}
		}
	}
}

// add adds what one call of wire.go opens. A call of an Open that it does not know is an
// error: a right that nobody granted.
func (r *Function) add(name string, c opened, startsSagas bool) error {
	switch c.call {
	case "spannerdb.Open":
		if len(c.arguments) != 1 {
			return fmt.Errorf("spannerdb.Open wants the name of a database in quotes")
		}
		r.Databases[c.arguments[0]] = ""
	case "spannerdb.OpenAs":
		if len(c.arguments) != 2 {
			return fmt.Errorf("spannerdb.OpenAs wants the names of a database and of a role in quotes")
		}
		r.Databases[c.arguments[0]] = c.arguments[1]
	case "pubsubclient.Open":
		if startsSagas {
			r.Publishes = append(r.Publishes, commandTopics()...)
		} else {
			r.Publishes = append(r.Publishes, message.RepliesTopic)
		}
	case "tasksclient.Open":
		r.Enqueues = append(r.Enqueues, topology.RenewalQueues...)
	case "billingtasks.Open":
		r.Enqueues = append(r.Enqueues, topology.PaymentQueue)
	case "paymentgateway.Open":
		r.Secrets = append(r.Secrets, "STRIPE_SECRET_KEY")
	case "paymentgateway.OpenWebhook":
		r.Secrets = append(r.Secrets, "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS")
	case "pagetoken.Open":
		r.Secrets = append(r.Secrets, "PAGE_TOKEN_KEY")
	case "contentstorage.Open":
		r.Signs, r.Objects = true, append(r.Objects, topology.Media[name]...)
	case "contentstorage.OpenDelivery":
		r.Signs, r.Objects = true, append(r.Objects, topology.Media[name]...)
		r.Secrets = append(r.Secrets, "MEDIA_CDN_KEY")
	case "identityclient.Open":
		r.Identity = true
	case "sagadb.New": // over what is opened beside it
	default:
		return fmt.Errorf("wire.go calls %s: say in scripts/internal/wiring which rights that needs", c.call)
	}
	return nil
}

func uses(calls []opened, call string) bool {
	return slices.ContainsFunc(calls, func(c opened) bool { return c.call == call })
}

// openers are the functions that open something, and the one that starts and advances sagas.
var openers = regexp.MustCompile(`\.Open\w*$|^sagadb\.New$`)

// callsOf returns the calls in a file that open clients.
func callsOf(file string) ([]opened, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return nil, err
	}
	var calls []opened
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := selector.X.(*ast.Ident); ok {
			if name := pkg.Name + "." + selector.Sel.Name; openers.MatchString(name) {
				calls = append(calls, opened{name, literals(call.Args)})
			}
		}
		return true
	})
	return calls, nil
}

func literals(arguments []ast.Expr) []string {
	var found []string
	for _, a := range arguments {
		if literal, ok := a.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				found = append(found, text)
			}
		}
	}
	return found
}
