package main

import (
	"fmt"
	"strconv"
)

// Names of the processes, in the order in which they start.
const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	defaultScheduler  = "kube-scheduler"
	secondScheduler   = "windfall-scheduler"
	kwok              = "kwok"
	karpenter         = "karpenter"
)

// program gives the command line of one process of the bed.
func (r *Record) program(name string, where installed, settings []string) program {
	port := r.Ports[name]
	p := program{name: name, port: port, health: fmt.Sprintf("https://127.0.0.1:%d/readyz", port)}
	tls := []string{
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port),
		"--tls-cert-file=" + r.path("pki/server.crt"), "--tls-private-key-file=" + r.path("pki/server.key"),
	}
	switch name {
	case etcd:
		client := fmt.Sprintf("http://127.0.0.1:%d", port)
		peer := fmt.Sprintf("http://127.0.0.1:%d", r.Ports["etcd peer"])
		p.path, p.health = where.program(etcd), client+"/readyz"
		p.arguments = []string{
			"--name=bed", "--data-dir=" + r.path("etcd"), "--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=bed=" + peer,
			"--unsafe-no-fsync=true", // a bed's data does not outlive the machine
		}
	case apiServer:
		p.path = where.program(apiServer)
		p.arguments = append(tls,
			fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", r.Ports[etcd]),
			"--client-ca-file="+r.path("pki/ca.crt"),
			"--service-cluster-ip-range=10.0.0.0/16", "--authorization-mode=Node,RBAC", "--allow-privileged=true",
			"--enable-admission-plugins=NodeRestriction",
			"--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-key-file="+r.path("pki/account.key"),
			"--service-account-signing-key-file="+r.path("pki/account.key"),
			"--endpoint-reconciler-type=none") // it would publish 127.0.0.1, which is no endpoint
		if r.Bare {
			// Nobody would lift the taint of a new node there, and nobody makes service accounts.
			p.arguments = append(p.arguments, "--disable-admission-plugins=TaintNodesByCondition,ServiceAccount")
		}
	case controllerManager:
		p.path, p.health = where.program(controllerManager), fmt.Sprintf("https://127.0.0.1:%d/healthz", port)
		kubeconfig := r.path("pki/kube-controller-manager.kubeconfig")
		p.arguments = append(tls,
			"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
			"--leader-elect=false", "--use-service-account-credentials=true",
			"--service-account-private-key-file="+r.path("pki/account.key"), "--root-ca-file="+r.path("pki/ca.crt"),
			// It sometimes evicts a pod that is bound in the moment in which Karpenter lifts its "unregistered" taint:
			// KWOK's nodes are ready faster than any real one.
			"--controllers=*,-taint-eviction-controller",
			// A busy machine must not make nodes look dead.
			"--node-monitor-grace-period=5m")
	case defaultScheduler, secondScheduler:
		p.path = where.program("kube-scheduler")
		kubeconfig := r.kubeconfigOf(name)
		p.arguments = append(tls, "--config="+r.path(name+".yaml"),
			"--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig)
	case kwok:
		p.path, p.health = where.program(kwok), fmt.Sprintf("http://127.0.0.1:%d/healthz", port)
		p.arguments = []string{
			"--kubeconfig=" + r.kubeconfig(), "--config=" + r.path("stages.yaml"),
			"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--node-lease-duration-seconds=40",
			fmt.Sprintf("--server-address=127.0.0.1:%d", port),
		}
	case karpenter:
		p.path, p.health = where.program(karpenter), fmt.Sprintf("http://127.0.0.1:%d/readyz", port)
		p.environment = append([]string{
			"KUBECONFIG=" + r.kubeconfig(), "DISABLE_LEADER_ELECTION=true",
			fmt.Sprintf("METRICS_PORT=%d", r.Ports["karpenter metrics"]), fmt.Sprintf("HEALTH_PROBE_PORT=%d", port),
			fmt.Sprintf("CLOUD_PORT=%d", r.Ports["cloud"]), "INSTANCE_TYPES_FILE_PATH=" + r.path("instance-types.json"),
		}, settings...) // the later one counts
	}
	return p
}

// defaultSchedulerConfiguration is that of the scheduler which knows nothing of Windfall.
func (r *Record) defaultSchedulerConfiguration() []byte {
	return fmt.Appendf(nil, `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection: {kubeconfig: %q, qps: 500, burst: 1000}
leaderElection: {leaderElect: false}
`, r.kubeconfigOf(defaultScheduler))
}

// kubeconfigOf is how a scheduler reaches the API server; somebody else's control plane knows only its administrator.
func (r *Record) kubeconfigOf(scheduler string) string {
	if r.Joined != "" {
		return r.kubeconfig()
	}
	return r.path("pki", scheduler+".kubeconfig")
}
