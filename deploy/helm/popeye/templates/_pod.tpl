{{/*
Labels of a pod; its arguments: root, service, the values of its pod. No version among them: a new chart alone restarts
neither Redis nor PostgreSQL; other rights of its users restart Redis.
*/}}
{{- define "popeye.podLabels" -}}
{{- include "popeye.selector" (list (index . 0) (index . 1)) }}
{{- with (index . 2).labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
What every pod has; its arguments: root, the values of its pod. No token, since nothing here asks Kubernetes, and no
service links: a Service named redis beside us would set REDIS_PORT to something that is no port.
*/}}
{{- define "popeye.podSpec" -}}
{{- $root := index . 0 -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with index . 1 }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Who a pod is; its arguments: user, group. The group is how it reads its secrets and writes its volume. */}}
{{- define "popeye.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ index . 0 | int }}
runAsGroup: {{ index . 1 | int }}
fsGroup: {{ index . 1 | int }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "popeye.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* The volume of secrets; its arguments: the files, as popeye.file writes them. */}}
{{- define "popeye.secretsVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources: {{- join "\n" (compact .) | nindent 6 }}
{{- end -}}

{{/*
Replicas of a station, apart from each other; its arguments: root, service. Nodes whose taints keep a pod away, as those of a
control plane, don't count as empty places.
*/}}
{{- define "popeye.spread" -}}
{{- $root := index . 0 -}}
{{- $selector := include "popeye.selector" . -}}
{{- range $root.Values.topologySpread.keys }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels: {{- $selector | nindent 6 }}
  nodeTaintsPolicy: Honor
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}
