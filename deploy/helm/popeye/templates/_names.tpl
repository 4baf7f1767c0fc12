{{/* What all names start with: 40 characters leave room for the longest ending and for what Kubernetes appends. */}}
{{- define "popeye.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of one service's objects; its arguments: root, service. */}}
{{- define "popeye.name" -}}
{{- printf "%s-%s" (include "popeye.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* What selects one service's pods; its arguments: root, service. */}}
{{- define "popeye.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of one service's objects; its arguments: root, service. */}}
{{- define "popeye.labels" -}}
{{- $root := index . 0 -}}
{{ include "popeye.selector" . }}
app.kubernetes.io/part-of: popeye
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* The image of one of our stations; its arguments: root, image. */}}
{{- define "popeye.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $name := $image.repository -}}
{{- with $root.Values.image.registry -}}
{{- $name = printf "%s/%s" (trimSuffix "/" .) $name -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default $root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* How people reach one of the two sites, empty if nobody said; its arguments: root, "poll" or "result". */}}
{{- define "popeye.url" -}}
{{- $root := index . 0 -}}
{{- $site := index $root.Values.ingress (index . 1) -}}
{{- with index $root.Values.urls (index . 1) -}}
{{- . -}}
{{- else -}}
{{- if $root.Values.ingress.enabled -}}
{{- printf "%s://%s" (ternary "https" "http" (ne $site.tlsSecret "")) $site.host -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The fewest replicas that a station has; its argument: the station's values. */}}
{{- define "popeye.leastReplicas" -}}
{{- ternary .autoscaling.minReplicas .replicas .autoscaling.enabled | int -}}
{{- end -}}
