package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
	adapter "github.com/kwipper/kwipper/shared/payment/stripe"
)

// inFlight is how many sagas are under way when the stack is killed.
const inFlight = 20

// victim is a stack in a process of its own, to be killed.
type victim struct {
	binary, dir string
	offset      int

	process *exec.Cmd
	status  stack.Status
	// operations are those of all rounds.
	operations []api.Operation
	log        *os.File
}

// recovery kills a stack with sagas in flight at different moments, starts it again and
// waits until all have ended.
func (b *bench) recovery(ctx context.Context) error {
	v := &victim{binary: filepath.Join(b.dir, "local"), dir: filepath.Join(b.dir, "victim")}
	if err := command(ctx, "go", "build", "-o", v.binary, "github.com/kwipper/kwipper/emulators/local").Run(); err != nil {
		return fmt.Errorf("build the stack: %w", err)
	}
	ports, err := stack.FreePorts()
	if err != nil {
		return err
	}
	v.offset = 20000 + ports.API%10000 // away from the usual ports, and from those that clients get
	if err := v.start(ctx); err != nil {
		return err
	}
	defer v.kill()
	course, err := v.prepare(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond} {
		row, err := v.round(ctx, b, course, after)
		if err != nil {
			return fmt.Errorf("killed after %s: %w", after, err)
		}
		rows = append(rows, row)
	}
	table(fmt.Sprintf("Recovery: %d sagas begun at once, kill -9, restart", inFlight),
		[]string{"killed after the last answer", "sagas accepted", "in flight when killed", "restart to ready", "ready to the last end", "succeeded", "charged once, so far", "charged twice", "charged without saga"}, rows)
	return nil
}

func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Stderr = os.Stderr
	return c
}

// start starts the stack and waits until it is ready.
func (v *victim) start(ctx context.Context) (err error) {
	ready := filepath.Join(v.dir+"-ready", "status.json")
	if err := os.MkdirAll(filepath.Dir(ready), 0o700); err != nil {
		return err
	}
	if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if v.log == nil {
		if v.log, err = os.Create(v.dir + ".log"); err != nil {
			return err
		}
	}
	v.process = exec.CommandContext(ctx, v.binary, "--data", v.dir, "--ready-file", ready, "--port-offset", strconv.Itoa(v.offset))
	v.process.Stdout, v.process.Stderr = v.log, v.log
	if err := v.process.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); ; {
		text, err := os.ReadFile(ready)
		if err == nil {
			return json.Unmarshal(text, &v.status) // it was renamed into place, whole
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("the stack is not ready; its log ends with: %s", lastLine(v.log.Name())), ctx.Err())
		}
		time.Sleep(time.Millisecond)
	}
}

// kill kills the stack with SIGKILL and waits until it is gone.
func (v *victim) kill() {
	_ = v.process.Process.Kill() // it may be gone
	_ = v.process.Wait()         // which was killed
}

func (v *victim) browser() *frontend.Client {
	a := v.status.Addresses
	return frontend.New(a["api"], a["identity"], a["console"])
}

func (v *victim) prepare(ctx context.Context) (course api.Course, err error) {
	tutor := v.browser()
	for _, u := range v.status.Users {
		if u.Role == "tutor" {
			err = tutor.SignIn(ctx, u.Email, u.Password)
		}
	}
	if err != nil {
		return course, err
	}
	course, _, err = publishCourse(ctx, tutor)
	return course, err
}

// round has new learners subscribe, kills the stack, starts it again and reports.
func (v *victim) round(ctx context.Context, b *bench, course api.Course, after time.Duration) ([]string, error) {
	learners := make([]*learner, inFlight)
	for i := range learners {
		l, err := newLearner(ctx, v.browser(), b.names.Add(1))
		if err != nil {
			return nil, err
		}
		learners[i] = l
	}
	operations := make([]api.Operation, inFlight)
	var group errgroup.Group
	for i, l := range learners {
		group.Go(func() (err error) {
			operations[i], err = l.begin(ctx, course)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	time.Sleep(after) // the moment of the crash is what varies
	killed := time.Now()
	v.kill()
	if err := v.start(ctx); err != nil {
		return nil, err
	}
	ready := time.Now()
	open, succeeded := 0, 0
	for i, l := range learners {
		l.API = v.status.Addresses["api"]
		ended, err := l.Await(ctx, operations[i])
		if err != nil {
			return nil, err
		}
		if ended.Done && ended.Error.Code == 0 {
			succeeded++
		}
		if ended.Metadata.UpdateTime.After(killed) {
			open++
		}
	}
	last := time.Since(ready)
	v.operations = append(v.operations, operations...)
	once, twice, stray, err := v.charged(ctx)
	if err != nil {
		return nil, err
	}
	return []string{milliseconds(after), fmt.Sprint(len(operations)), fmt.Sprint(open), fmt.Sprintf("%.1f s", ready.Sub(killed).Seconds()),
		fmt.Sprintf("%.1f s", last.Seconds()), fmt.Sprint(succeeded), fmt.Sprint(once), fmt.Sprint(twice), fmt.Sprint(stray)}, nil
}

// charged compares the charges of the emulated gateway with all sagas so far.
func (v *victim) charged(ctx context.Context) (once, twice, stray int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.status.Addresses["stripe"]+"/emulator/v1/totals", nil)
	if err != nil {
		return 0, 0, 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0, 0, err
	}
	defer response.Body.Close()
	var totals stripe.Totals
	if err := json.NewDecoder(response.Body).Decode(&totals); err != nil {
		return 0, 0, 0, err
	}
	charges := map[string]int{}
	for _, c := range totals.Charges {
		charges[c.Metadata[adapter.MetadataPaymentID]]++
	}
	for _, operation := range v.operations {
		payment := message.PaymentID(api.IDOf(operation.Name))
		switch charges[payment] {
		case 0:
		case 1:
			once++
		default:
			twice++
		}
		delete(charges, payment)
	}
	return once, twice, len(charges), nil
}

// lastLine returns the last line of a file, which is removed with the directory.
func lastLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
