package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const gpuResource = v1.ResourceName("nvidia.com/gpu")

// host is a node that was rented as an offer, with some of its GPUs in use.
type host struct {
	name  string
	offer offer
	used  int
}

// usdPerGPU is what a GPU in use costs there per hour once one more is used.
func (h host) usdPerGPU() float64 {
	return h.offer.usdPerHour / float64(min(h.used+1, h.offer.gpus))
}

// newHosts spreads nodes over the offers, more over small machines than over large ones: a machine with eight GPUs is as
// frequent as an eighth of those with one. With busy set, half of the larger ones have a job, of any size that leaves a GPU.
func newHosts(offers []offer, count int, busy bool, random *rand.Rand) []host {
	var weighted []offer
	for _, o := range offers {
		for range 8 / o.gpus {
			weighted = append(weighted, o)
		}
	}
	hosts := make([]host, count)
	for i := range hosts {
		o := weighted[random.IntN(len(weighted))]
		// 44 characters, as the nodes of an EKS cluster have them.
		hosts[i] = host{name: fmt.Sprintf("ip-10-%d-%d-%d.%s.compute.internal", 100+i/22500, 100+i/150%150, 100+i%150, region), offer: o}
		if busy && o.gpus > 1 && random.IntN(2) == 0 {
			hosts[i].used = 1 + random.IntN(o.gpus-1)
		}
	}
	return hosts
}

// node is the object of a host, as a cloud's kubelet would report it.
func (h host) node() *v1.Node {
	o := h.offer
	has := v1.ResourceList{
		v1.ResourceCPU:    resource.MustParse(strconv.Itoa(o.cpu)),
		v1.ResourceMemory: resource.MustParse(strconv.Itoa(o.ram) + "Gi"),
		v1.ResourcePods:   resource.MustParse("110"),
		gpuResource:       resource.MustParse(strconv.Itoa(o.gpus)),
	}
	return &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: h.name, Labels: map[string]string{
			v1.LabelHostname: h.name, v1.LabelOSStable: "linux", v1.LabelArchStable: "amd64",
			v1.LabelTopologyRegion: region, v1.LabelTopologyZone: o.zone,
			v1.LabelInstanceTypeStable: o.instanceType, "karpenter.sh/capacity-type": o.capacity,
		}},
		Spec: v1.NodeSpec{ProviderID: "aws:///" + o.zone + "/" + h.name},
		Status: v1.NodeStatus{
			Capacity: has, Allocatable: has,
			Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue, Reason: "KubeletReady"}},
		},
	}
}

// job is the pod that uses a host's GPUs already.
func (h host) job() *v1.Pod {
	pod := newPod("job-" + strings.ReplaceAll(strings.SplitN(h.name, ".", 2)[0], "ip-", ""))
	pod.Spec.NodeName = h.name
	limits := pod.Spec.Containers[0].Resources
	limits.Limits[gpuResource] = resource.MustParse(strconv.Itoa(h.used))
	limits.Requests[gpuResource] = limits.Limits[gpuResource]
	return pod
}

// newPod makes a training pod with one GPU, of about 5 KB as JSON: what a platform and its webhooks make of one.
func newPod(name string) *v1.Pod {
	annotations := map[string]string{"windfall.dev/lost-work": "10m", "prometheus.io/scrape": "true"}
	for i := range 8 {
		annotations[fmt.Sprintf("platform.example.com/setting-%d", i)] = strings.Repeat(fmt.Sprintf("%d;lineage=team/research/run;", i), 4)
	}
	var env []v1.EnvVar
	for i := range 24 {
		env = append(env, v1.EnvVar{Name: fmt.Sprintf("TRAINER_SETTING_%02d", i), Value: "s3://bucket-of-the-team/datasets/shard"})
	}
	var volumes []v1.Volume
	var mounts []v1.VolumeMount
	for i := range 6 {
		volume := fmt.Sprintf("scratch-%d", i)
		volumes = append(volumes, v1.Volume{Name: volume, VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}}})
		mounts = append(mounts, v1.VolumeMount{Name: volume, MountPath: "/var/lib/trainer/" + volume})
	}
	asks := func() v1.ResourceList {
		return v1.ResourceList{
			v1.ResourceCPU: resource.MustParse("500m"), v1.ResourceMemory: resource.MustParse("2Gi"), gpuResource: resource.MustParse("1"),
		}
	}
	never := false
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: metav1.NamespaceDefault, Annotations: annotations,
			Labels: map[string]string{"app": "trainer", "team": "research", "app.kubernetes.io/part-of": "platform"},
		},
		Spec: v1.PodSpec{
			AutomountServiceAccountToken: &never,
			Tolerations:                  []v1.Toleration{{Key: string(gpuResource), Operator: v1.TolerationOpExists, Effect: v1.TaintEffectNoSchedule}},
			Volumes:                      volumes,
			Containers: []v1.Container{{
				Name: "trainer", Image: "registry.example.com/research/trainer:2026.11", Env: env, VolumeMounts: mounts,
				Command:   []string{"python", "-m", "trainer.main", "--config", "/etc/trainer/config.yaml", "--resume"},
				Resources: v1.ResourceRequirements{Requests: asks(), Limits: asks()},
			}},
		},
	}
}
