// Karpenter, with the kwok provider in a world that can run out of machines and take them away.
//
// The stock kwok provider always has capacity and never interrupts. Here both can be asked for while it runs, by HTTP on
// a loopback port (control.go). It also launches by EC2NodeClasses, as Karpenter for AWS does (nodeclass.go); everything
// else is Karpenter's own.
package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/overlay"
	"sigs.k8s.io/karpenter/pkg/controllers"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/operator"
)

func main() {
	onLoopback()
	ctx, op := operator.NewOperator()
	// Karpenter's own main goes on without instance types when their file cannot be read.
	instanceTypes, err := kwok.ConstructInstanceTypes(ctx)
	exitOn(ctx, err, "reading the instance types")
	unavailableFor, err := duration("UNAVAILABLE_FOR", 3*time.Minute)
	exitOn(ctx, err, "reading UNAVAILABLE_FOR")
	notice, err := duration("INTERRUPTION_NOTICE", 2*time.Minute)
	exitOn(ctx, err, "reading INTERRUPTION_NOTICE")

	world := newWorld(instanceTypes, op.Clock, unavailableFor)
	provider := &provider{CloudProvider: kwok.NewCloudProvider(ctx, op.GetClient(), instanceTypes), client: op.GetClient(), world: world}
	interruptions := &interruptions{client: op.GetClient(), recorder: op.EventRecorder, world: world, notice: notice}

	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("CLOUD_PORT")))
	exitOn(ctx, err, "listening for kind/capacity and kind/interrupt")
	exitOn(ctx, op.Manager.Add(manager.RunnableFunc(func(ctx context.Context) error {
		server := &http.Server{Handler: control(world, interruptions), ReadHeaderTimeout: 5 * time.Second}
		context.AfterFunc(ctx, func() { server.Close() })
		if err := server.Serve(listener); err != http.ErrServerClosed {
			return err
		}
		return nil
	})), "adding the control server")

	decorated := overlay.Decorate(provider, op.GetClient(), op.InstanceTypeStore)
	cluster := state.NewCluster(op.Clock, op.GetClient(), decorated)
	all := controllers.NewControllers(ctx, op.Manager, op.Clock, op.GetClient(), op.EventRecorder, decorated, provider, cluster,
		op.InstanceTypeStore)
	op.WithControllers(ctx, append(all, &classes{client: op.GetClient()})...).Start(ctx)
}

// onLoopback keeps metrics and health on 127.0.0.1: the operator offers their ports as settings, but not the address.
func onLoopback() {
	ctrl.NewManager = func(config *rest.Config, options manager.Options) (manager.Manager, error) {
		options.Metrics.BindAddress = "127.0.0.1" + options.Metrics.BindAddress
		options.HealthProbeBindAddress = "127.0.0.1" + options.HealthProbeBindAddress
		return manager.New(config, options)
	}
}

func duration(name string, otherwise time.Duration) (time.Duration, error) {
	if value := os.Getenv(name); value != "" {
		return time.ParseDuration(value)
	}
	return otherwise, nil
}

func exitOn(ctx context.Context, err error, doing string) {
	if err != nil {
		log.FromContext(ctx).Error(err, "failed "+strconv.Quote(doing))
		os.Exit(1)
	}
}
