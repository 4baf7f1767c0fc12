package traces

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The variables that the SDK reads by itself, as it reads them. See
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
const (
	samplerVariable = "OTEL_TRACES_SAMPLER"
	ratioVariable   = "OTEL_TRACES_SAMPLER_ARG"
	byRatio         = "traceidratio"
)

var (
	samplers = []string{
		"always_on", "always_off", byRatio, "parentbased_always_on", "parentbased_always_off", "parentbased_" + byRatio,
	}
	numbers = []string{
		"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
	}
)

// checkEnvironment refuses what the SDK would pass over with a line of its own,
// or none, to do something else: with a sampler or a ratio that it can't read it
// records everything.
func checkEnvironment(getenv func(string) string) error {
	read := func(name string) string { return strings.TrimSpace(getenv(name)) }
	sampler, ratio := strings.ToLower(read(samplerVariable)), read(ratioVariable)
	if sampler != "" && !slices.Contains(samplers, sampler) {
		return fmt.Errorf("%s is %q: choose one of %s", samplerVariable, sampler, strings.Join(samplers, ", "))
	}
	if sampler == "" && ratio != "" {
		return fmt.Errorf("%s is set, and nothing reads it: set %s too, as in parentbased_%s", ratioVariable, samplerVariable, byRatio)
	}
	if strings.HasSuffix(sampler, byRatio) && ratio != "" {
		if part, err := strconv.ParseFloat(ratio, 64); err != nil || !(part >= 0 && part <= 1) {
			return fmt.Errorf("%s is %q: give the part of votes that are traced, from 0 to 1, as in 0.01", ratioVariable, ratio)
		}
	}
	for _, name := range numbers {
		if text := getenv(name); text != "" {
			if n, err := strconv.Atoi(text); err != nil || n < 1 {
				return fmt.Errorf("%s is %q: give a whole number above 0", name, text)
			}
		}
	}
	return nil
}
