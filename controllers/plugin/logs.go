package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
)

type logOptions struct {
	component string
	follow    bool
	tail      int64
	since     time.Duration
}

func newLogsCommand(s *session) *cobra.Command {
	o := logOptions{component: string(resources.ComponentChat)}
	command := &cobra.Command{
		Use:   "logs [NAME]",
		Short: "Show the logs of all chat servers together",
		Long: "Show the logs of all chat servers together, each line behind the name of its pod.\n\n" +
			"With --follow, servers that come later, as in a rollout, are shown as well.",
		Example: "  kubectl uim logs --tail=20\n  kubectl uim logs acme -n chat --follow\n  kubectl uim logs --component=postgres",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if !slices.Contains(logComponents(), o.component) {
				return fmt.Errorf("there is no component %q: it is one of %s", o.component, strings.Join(logComponents(), ", "))
			}
			k, cluster, err := s.openCluster(cmd.Context(), arguments)
			if err != nil {
				return err
			}
			l := &logReader{
				kubernetesAPI: k, cluster: cluster.Name, options: o, out: cmd.OutOrStdout(), problems: cmd.ErrOrStderr(),
				ends: map[source]*metav1.Time{},
			}
			return l.run(cmd.Context())
		},
	}
	flags := command.Flags()
	flags.BoolVarP(&o.follow, "follow", "f", false, "go on with what comes")
	flags.Int64Var(&o.tail, "tail", -1, "lines of each pod to begin with (default: all)")
	flags.DurationVar(&o.since, "since", 0, "only what is not older")
	flags.StringVar(&o.component, "component", o.component, strings.Join(logComponents(), ", "))
	_ = command.RegisterFlagCompletionFunc("component", cobra.FixedCompletions(logComponents(), cobra.ShellCompDirectiveNoFileComp))
	return command
}

func logComponents() []string {
	return []string{
		string(resources.ComponentChat), string(resources.ComponentPostgres),
		string(resources.ComponentRedis), string(resources.ComponentRedisHA),
		string(resources.ComponentMigration), string(resources.ComponentLogins),
	}
}

// logReader shows the logs of all pods of a component. One goroutine reads each
// container; run waits for all of them.
type logReader struct {
	*kubernetesAPI

	cluster  string
	options  logOptions
	out      io.Writer
	problems io.Writer

	writing sync.Mutex // held while a line is written

	reading sync.Mutex
	// ends are when the logs that were read ended, or nil while they are read; guarded
	// by reading.
	ends map[source]*metav1.Time
}

// source is a container whose log is read.
type source struct {
	pod       types.UID
	container string
}

// run ends when all logs that there are have been shown, or, following, with the
// context.
func (l *logReader) run(ctx context.Context) error {
	var readers sync.WaitGroup
	defer readers.Wait()
	if !l.options.follow {
		pods, err := l.pods(ctx)
		if err != nil {
			return err
		}
		if len(pods) == 0 {
			return fmt.Errorf("UIMCluster %q has no pods of %s", l.cluster, l.options.component)
		}
		for _, pod := range pods {
			for _, container := range pod.Spec.Containers {
				readers.Go(func() { l.read(ctx, pod, container.Name, nil) })
			}
		}
		return nil
	}
	return l.follow(ctx, &readers)
}

// follow reads every container that there is or comes, and again after it was started
// anew, from where its log ended.
func (l *logReader) follow(ctx context.Context, readers *sync.WaitGroup) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		pods, err := l.pods(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		for _, pod := range pods {
			for _, container := range pod.Spec.Containers {
				from := source{pod.UID, container.Name}
				if begin, ok := l.take(from, pod); ok {
					readers.Go(func() {
						defer l.leave(from)
						l.read(ctx, pod, container.Name, begin)
					})
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// take says whether a container has a log that nobody reads, and from when on.
func (l *logReader) take(from source, pod corev1.Pod) (begin *metav1.Time, ok bool) {
	l.reading.Lock()
	defer l.reading.Unlock()
	end, known := l.ends[from]
	if known && end == nil || !hasStarted(pod, from.container, known) {
		return nil, false
	}
	l.ends[from] = nil
	return end, true
}

func (l *logReader) leave(from source) {
	now := metav1.Now()
	l.reading.Lock()
	defer l.reading.Unlock()
	l.ends[from] = &now
}

// hasStarted says whether a container has a log that is not shown yet; again is true
// for one whose log ended before.
func hasStarted(pod corev1.Pod, container string, again bool) bool {
	for _, c := range pod.Status.ContainerStatuses {
		if c.Name == container {
			return c.State.Running != nil || !again && c.State.Terminated != nil
		}
	}
	return false
}

func (l *logReader) pods(ctx context.Context) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	labels := client.MatchingLabels(resources.SelectorLabels(l.cluster, resources.Component(l.options.component)))
	if err := l.List(ctx, list, client.InNamespace(l.namespace), labels); err != nil {
		return nil, l.explain(err, "pods")
	}
	slices.SortFunc(list.Items, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return list.Items, nil
}

// read shows the log of a container from a time on, or as the options say.
func (l *logReader) read(ctx context.Context, pod corev1.Pod, container string, begin *metav1.Time) {
	o := &corev1.PodLogOptions{Container: container, Follow: l.options.follow, SinceTime: begin}
	if begin == nil {
		if l.options.tail >= 0 {
			o.TailLines = &l.options.tail
		}
		if l.options.since > 0 {
			seconds := max(1, int64(l.options.since.Seconds()))
			o.SinceSeconds = &seconds
		}
	}
	prefix := pod.Name
	if len(pod.Spec.Containers) > 1 {
		prefix += "/" + container
	}
	if err := l.copyLines(ctx, pod, o, prefix); err != nil && ctx.Err() == nil {
		l.write(l.problems, prefix, err.Error()+"\n")
	}
}

func (l *logReader) copyLines(ctx context.Context, pod corev1.Pod, o *corev1.PodLogOptions, prefix string) error {
	stream, err := l.typed.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, o).Stream(ctx)
	if err != nil {
		return fmt.Errorf("no log: %w", err)
	}
	defer func() { _ = stream.Close() }()
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			l.write(l.out, prefix, strings.TrimSuffix(line, "\n")+"\n")
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the log broke off: %w", err)
		}
	}
}

// write writes a whole line, whoever else does.
func (l *logReader) write(out io.Writer, prefix, line string) {
	l.writing.Lock()
	defer l.writing.Unlock()
	_, _ = fmt.Fprintf(out, "[%s] %s", prefix, line)
}
