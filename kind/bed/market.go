package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// The market file is Windfall's own (design, "A market file"). The bed makes Karpenter's instance types from the same
// file, so that both see one world. It reads what Karpenter needs and leaves the judging of the rest to Windfall.

// offer is one entry of the market file.
type offer struct {
	Region       string `json:"region"`
	Zone         string `json:"zone"`
	InstanceType string `json:"instanceType"`
	Capacity     string `json:"capacity"`
	Architecture string `json:"architecture"`
	GPU          struct {
		Manufacturer string  `json:"manufacturer"`
		Count        float64 `json:"count"`
	} `json:"gpu"`
	CPU        scalar `json:"cpu"`
	Memory     scalar `json:"memory"`
	USDPerHour scalar `json:"usdPerHour"`
}

// key names the offer everywhere: in Windfall, in a node's label, in kind/capacity.
func (o offer) key() string { return o.Zone + "." + o.InstanceType + "." + o.Capacity }

// scalar is a value that may be written with or without quotes.
type scalar string

func (s *scalar) UnmarshalJSON(raw []byte) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	switch value := value.(type) {
	case string:
		*s = scalar(value)
	case float64:
		*s = scalar(strconv.FormatFloat(value, 'f', -1, 64))
	default:
		return fmt.Errorf("%s must be a number or a string", raw)
	}
	return nil
}

// instanceType is the shape in which Karpenter's kwok provider reads one, as in its embedded instance_types.json.
type instanceType struct {
	Name             string            `json:"name"`
	Architecture     string            `json:"architecture"`
	OperatingSystems []string          `json:"operatingSystems"`
	Resources        map[string]string `json:"resources"`
	Offerings        []offering        `json:"offerings"`
}

type offering struct {
	Price        float64
	Available    bool
	Requirements []requirement
}

type requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

var quantity = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$`)

// instanceTypes turns a market file into Karpenter's instance types, one for each type name, with an offering for each
// zone and capacity. An entry that cannot be rented through Karpenter is left out, and leftOut says why.
func instanceTypes(market []byte) (types []instanceType, leftOut []string, err error) {
	var document struct {
		Offers []json.RawMessage `json:"offers"`
	}
	if err := yaml.Unmarshal(market, &document); err != nil {
		return nil, nil, fmt.Errorf("reading the market file: %w", err)
	}
	byName, seen := map[string]*instanceType{}, map[string]bool{}
	for i, raw := range document.Offers {
		var o offer
		if err := json.Unmarshal(raw, &o); err != nil {
			leftOut = append(leftOut, fmt.Sprintf("offer %d: %v", i+1, err))
			continue
		}
		if reason := o.fault(byName[o.InstanceType]); reason != "" {
			leftOut = append(leftOut, fmt.Sprintf("offer %d (%s): %s", i+1, o.key(), reason))
			continue
		}
		if seen[o.key()] {
			leftOut = append(leftOut, fmt.Sprintf("offer %d (%s): it is there already", i+1, o.key()))
			continue
		}
		seen[o.key()] = true
		known := byName[o.InstanceType]
		if known == nil {
			known = &instanceType{
				Name: o.InstanceType, Architecture: o.Architecture, OperatingSystems: []string{"linux"},
				Resources: o.resources(),
			}
			byName[o.InstanceType] = known
		}
		known.Offerings = append(known.Offerings, o.offering())
	}
	for _, one := range byName {
		types = append(types, *one)
	}
	sort.Slice(types, func(i, j int) bool { return types[i].Name < types[j].Name })
	if len(types) == 0 {
		return nil, leftOut, fmt.Errorf("the market file has no offer that Karpenter could rent: %s",
			strings.Join(append(leftOut, "of "+strconv.Itoa(len(document.Offers))+" entries"), "; "))
	}
	return types, leftOut, nil
}

// fault says why an offer cannot be one of Karpenter's, or nothing. known is what an earlier entry said of its type.
func (o offer) fault(known *instanceType) string {
	for _, field := range []struct{ name, value string }{
		{"zone", o.Zone}, {"instanceType", o.InstanceType}, {"capacity", o.Capacity}, {"architecture", o.Architecture},
		{"cpu", string(o.CPU)}, {"memory", string(o.Memory)}, {"usdPerHour", string(o.USDPerHour)},
	} {
		if field.value == "" {
			return field.name + " is missing"
		}
	}
	switch o.Capacity {
	case "spot", "on-demand":
	case "reserved", "owned":
		return "capacity " + o.Capacity + " is not rented through Karpenter"
	default:
		return fmt.Sprintf("capacity %q must be spot, on-demand, reserved or owned", o.Capacity)
	}
	if price, err := strconv.ParseFloat(string(o.USDPerHour), 64); err != nil || !(price > 0) || math.IsInf(price, 0) {
		return fmt.Sprintf("usdPerHour %q must be a number above zero", o.USDPerHour)
	}
	for _, value := range []scalar{o.CPU, o.Memory} {
		if !quantity.MatchString(string(value)) {
			return fmt.Sprintf("%q is not a quantity", value)
		}
	}
	if known != nil {
		if known.Architecture != o.Architecture {
			return fmt.Sprintf("architecture %s; an earlier entry says that %s is %s", o.Architecture, o.InstanceType, known.Architecture)
		}
		for name, value := range o.resources() {
			if known.Resources[name] != value {
				return fmt.Sprintf("%s %s; an earlier entry says that %s has %q", name, value, o.InstanceType, known.Resources[name])
			}
		}
	}
	return ""
}

func (o offer) resources() map[string]string {
	resources := map[string]string{
		"cpu": string(o.CPU), "memory": string(o.Memory), "pods": "110", "ephemeral-storage": "200Gi",
	}
	// A fraction of a GPU is none, as in Windfall: the scheduler counts whole ones.
	if strings.EqualFold(o.GPU.Manufacturer, "NVIDIA") && o.GPU.Count >= 1 && o.GPU.Count == math.Trunc(o.GPU.Count) {
		resources["nvidia.com/gpu"] = strconv.Itoa(int(o.GPU.Count))
	}
	return resources
}

func (o offer) offering() offering {
	price, _ := strconv.ParseFloat(string(o.USDPerHour), 64)
	requirements := []requirement{
		{"karpenter.sh/capacity-type", "In", []string{o.Capacity}},
		{"topology.kubernetes.io/zone", "In", []string{o.Zone}},
	}
	if o.Region != "" {
		requirements = append(requirements, requirement{"topology.kubernetes.io/region", "In", []string{o.Region}})
	}
	return offering{Price: price, Available: true, Requirements: requirements}
}

// world is what Karpenter and Windfall are told of the cloud.
type world struct {
	market []byte
	types  []instanceType
}

func readWorld(o options) (world, error) {
	if o.market == "" {
		o.market = filepath.Join(o.source, "market.yaml")
	}
	market, err := os.ReadFile(o.market)
	if err != nil {
		return world{}, err
	}
	types, leftOut, err := instanceTypes(market)
	if err != nil {
		return world{}, fmt.Errorf("%s: %w", o.market, err)
	}
	for _, reason := range leftOut {
		fmt.Printf("%s: left out for Karpenter: %s\n", o.market, reason)
	}
	return world{market, types}, nil
}
