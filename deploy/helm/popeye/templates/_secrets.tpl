{{/*
Secrets reach the programs as files in /run/secrets, each only the programs that need it, and never as variables.
*/}}

{{/* The Secret that the chart makes. */}}
{{- define "popeye.madeSecret" -}}
{{- printf "%s-secrets" (include "popeye.fullname" .) -}}
{{- end -}}

{{/* A file from a Secret, for a projected volume; its arguments: name of the Secret, key, file. */}}
{{- define "popeye.file" -}}
- secret:
    name: {{ index . 0 }}
    items: [{ key: {{ index . 1 | quote }}, path: {{ index . 2 }} }]
{{- end -}}

{{/* The password of Redis or PostgreSQL, if it has one; its arguments: root, the service's values, file. */}}
{{- define "popeye.passwordFile" -}}
{{- $service := index . 1 -}}
{{- with $service.password.existingSecret -}}
{{- include "popeye.file" (list . $service.password.key (index $ 2)) -}}
{{- else -}}
{{- if $service.bundled.enabled -}}
{{- include "popeye.file" (list (include "popeye.madeSecret" (index . 0)) (index . 2) (index . 2)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What a client of Redis needs. */}}
{{- define "popeye.redisFiles" -}}
{{- with .Values.redis.external.url -}}
{{- if .existingSecret -}}
{{- include "popeye.file" (list .existingSecret .key "redis_url") -}}
{{- else -}}
{{- include "popeye.passwordFile" (list $ $.Values.redis "redis_password") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What a client of PostgreSQL needs. */}}
{{- define "popeye.dbFiles" -}}
{{- with .Values.db.external.url -}}
{{- if .existingSecret -}}
{{- include "popeye.file" (list .existingSecret .key "database_url") -}}
{{- else -}}
{{- include "popeye.passwordFile" (list $ $.Values.db "postgres_password") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "popeye.adminFiles" -}}
{{- with .Values.result.adminToken -}}
{{- if .existingSecret -}}
{{- include "popeye.file" (list .existingSecret .key "admin_token") -}}
{{- else if .enabled -}}
{{- include "popeye.file" (list (include "popeye.madeSecret" $) "admin_token" "admin_token") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "popeye.cookieFiles" -}}
{{- with .Values.poll.cookieKey -}}
{{- if .existingSecret -}}
{{- include "popeye.file" (list .existingSecret .key "cookie_key") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The secrets that the chart has to make, one name on each line. */}}
{{- define "popeye.toMake" -}}
{{- if and .Values.redis.bundled.enabled (not .Values.redis.password.existingSecret) }}
redis_password
{{- end }}
{{- if and .Values.db.bundled.enabled (not .Values.db.password.existingSecret) }}
postgres_password
{{- end }}
{{- if and .Values.result.adminToken.enabled (not .Values.result.adminToken.existingSecret) }}
admin_token
{{- end }}
{{- end -}}
