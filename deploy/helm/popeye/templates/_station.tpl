{{/*
The Deployment of one of our three programs. A dict: root; name; public, whether it has a site; env, its variables;
files, its secrets.

How it stops: Kubernetes takes the pod out of its Services and, at the same time, waits preStopSleepSeconds, in which
the program goes on as if nothing were; the images hold nothing but the program, so this is the kubelet's own sleep, not
a shell's. Then SIGTERM: no new connections, what is under way is finished, within 15 seconds. A worker finishes the
batch that it has begun. Whatever is killed after that is lent to another worker.
*/}}
{{- define "popeye.station" -}}
{{- $root := .root -}}
{{- $self := list .root .name -}}
{{- $station := index $root.Values .name -}}
{{- $replicas := include "popeye.replicas" $self -}}
{{- $sleep := ternary $root.Values.preStopSleepSeconds 0 (semverCompare ">=1.30-0" $root.Capabilities.KubeVersion.Version) | int -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "popeye.name" $self }}
  labels: {{- include "popeye.labels" $self | nindent 4 }}
  {{- if and $replicas $station.autoscaling.enabled }}
  annotations: { popeye/replicas: kept }
  {{- end }}
spec:
  {{- with $replicas }}
  replicas: {{ . }}
  {{- end }}
  strategy:
    rollingUpdate: { maxUnavailable: 0, maxSurge: 25% }
  selector:
    matchLabels: {{- include "popeye.selector" $self | nindent 6 }}
  template:
    metadata:
      labels: {{- include "popeye.podLabels" (list $root .name $station.pod) | nindent 8 }}
      {{- with $station.pod.annotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "popeye.podSpec" (list $root $station.pod) | nindent 6 }}
      securityContext: {{- include "popeye.podSecurity" (list 65532 65532) | nindent 8 }}
      {{- with include "popeye.spread" $self | trim }}
      topologySpreadConstraints: {{- . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ add $sleep 25 }}
      containers:
        - name: {{ .name }}
          image: {{ include "popeye.image" (list $root $station.image) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          env:
            - { name: METRICS_ADDR, value: ":9090" }
            - { name: LOG_FORMAT, value: {{ $root.Values.log.format }} }
            - { name: LOG_LEVEL, value: {{ $root.Values.log.level }} }
            {{- with include "popeye.goEnv" $station.resources | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- .env | trim | nindent 12 }}
            {{- with $root.Values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            {{- if .public }}
            - { name: http, containerPort: 8080 }
            {{- end }}
            - { name: metrics, containerPort: 9090 }
          startupProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            timeoutSeconds: 3
            periodSeconds: 10
          readinessProbe:
            httpGet: { path: {{ $station.readinessPath }}, port: metrics }
            timeoutSeconds: 3
            periodSeconds: 5
          {{- if $sleep }}
          lifecycle:
            preStop: { sleep: { seconds: {{ $sleep }} } }
          {{- end }}
          resources: {{- toYaml $station.resources | nindent 12 }}
          securityContext: {{- include "popeye.containerSecurity" . | nindent 12 }}
          {{- if compact .files }}
          volumeMounts:
            - { name: secrets, mountPath: /run/secrets, readOnly: true }
          {{- end }}
      {{- if compact .files }}
      volumes: {{- include "popeye.secretsVolume" .files | nindent 8 }}
      {{- end }}
{{- end -}}

{{/*
How many replicas a Deployment says that it has; its arguments: root, station. With an autoscaler it says nothing, as tools
that apply again and again have to. But where Helm finds it without one, its replicas were said, and not to say them any
more would make them 1 until the autoscaler acts. So it goes on saying as many as there are, and an annotation remembers that.
*/}}
{{- define "popeye.replicas" -}}
{{- $root := index . 0 -}}
{{- $station := index $root.Values (index . 1) -}}
{{- if $station.autoscaling.enabled -}}
{{- $name := include "popeye.name" . -}}
{{- with lookup "apps/v1" "Deployment" $root.Release.Namespace $name -}}
{{- $scaled := lookup "autoscaling/v2" "HorizontalPodAutoscaler" $root.Release.Namespace $name -}}
{{- if or (not $scaled) (hasKey (.metadata.annotations | default dict) "popeye/replicas") -}}
{{- max .spec.replicas $station.autoscaling.minReplicas | int -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $station.replicas | int -}}
{{- end -}}
{{- end -}}

{{/* The Service of a site; its arguments: root, station. */}}
{{- define "popeye.siteService" -}}
{{- $station := index (index . 0).Values (index . 1) -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "popeye.name" . }}
  labels: {{- include "popeye.labels" . | nindent 4 }}
  {{- with $station.service.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ $station.service.type }}
  sessionAffinity: {{ $station.service.sessionAffinity }}
  selector: {{- include "popeye.selector" . | nindent 4 }}
  ports:
    - { name: http, port: {{ $station.service.port | int }}, targetPort: http }
{{- end -}}
