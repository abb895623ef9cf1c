// Checks that a file has objects which Kubernetes reads as they are meant, and pods that
// the Pod Security Standard "restricted" admits.
// Usage: go run . FILE
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return err
	}
	pods := 0
	for _, text := range bytes.Split(file, []byte("\n---\n")) {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal(text, &kind); err != nil {
			return err
		}
		var object any
		var deployment appsv1.Deployment
		switch kind.APIVersion + " " + kind.Kind {
		case "apps/v1 Deployment":
			object = &deployment
		case "v1 Service":
			object = &corev1.Service{}
		case "networking.k8s.io/v1 NetworkPolicy":
			object = &networkingv1.NetworkPolicy{}
		default:
			return fmt.Errorf("%s: nothing is known of %s %s", path, kind.APIVersion, kind.Kind)
		}
		if err := yaml.UnmarshalStrict(text, object); err != nil {
			return fmt.Errorf("%s: %s: %w", path, kind.Kind, err)
		}
		if kind.Kind != "Deployment" {
			continue
		}
		pods++
		template := deployment.Spec.Template
		results := evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &template.ObjectMeta, &template.Spec)
		if result := policy.AggregateCheckResults(results); !result.Allowed {
			return fmt.Errorf("%s: restricted refuses it: %s", path, result.ForbiddenDetail())
		}
	}
	if pods == 0 {
		return errors.New(path + " has no pods")
	}
	fmt.Printf("%s: restricted admits it\n", path)
	return nil
}
