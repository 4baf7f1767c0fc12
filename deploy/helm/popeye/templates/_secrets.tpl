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

{{/*
The password of a user of Redis or PostgreSQL, if it has one; its arguments: root, the server's values, the key in a Secret
that is there, the key in the Secret that the chart makes, file. A pod whose key is missing would never start, after the old
one has ended: so that is said before, by whoever can ask the cluster.
*/}}
{{- define "popeye.passwordFile" -}}
{{- $server := index . 1 -}}
{{- with $server.password.existingSecret -}}
{{- $there := lookup "v1" "Secret" (index $ 0).Release.Namespace . -}}
{{- if and $there (not (hasKey ($there.data | default dict) (index $ 2))) -}}
{{- fail (printf "the Secret %s has no key %s: put it there first, see Secrets in the chart's README" . (index $ 2)) -}}
{{- end -}}
{{- include "popeye.file" (list . (index $ 2) (index $ 4)) -}}
{{- else -}}
{{- if $server.bundled.enabled -}}
{{- include "popeye.file" (list (include "popeye.madeSecret" (index . 0)) (index . 3) (index . 4)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What poll or worker needs of Redis; its arguments: root, which. Each finds its own password in the same file. */}}
{{- define "popeye.redisFiles" -}}
{{- $root := index . 0 -}}
{{- $redis := $root.Values.redis -}}
{{- $user := index $redis.users (index . 1) -}}
{{- $url := $redis.external.url -}}
{{- if $url.existingSecret -}}
{{- include "popeye.file" (list $url.existingSecret ($user.urlKey | default $url.key) "redis_url") -}}
{{- else -}}
{{- $key := ternary $user.key $redis.password.key (ne (include "popeye.redisUser" .) "") -}}
{{- include "popeye.passwordFile" (list $root $redis $key (printf "redis_%s_password" (index . 1)) "redis_password") -}}
{{- end -}}
{{- end -}}

{{/* What worker or result needs of PostgreSQL; its arguments: root, which. */}}
{{- define "popeye.dbFiles" -}}
{{- $root := index . 0 -}}
{{- $db := $root.Values.db -}}
{{- $user := index $db.users (index . 1) -}}
{{- $url := $db.external.url -}}
{{- if $url.existingSecret -}}
{{- include "popeye.file" (list $url.existingSecret ($user.urlKey | default $url.key) "database_url") -}}
{{- else -}}
{{- $key := ternary $user.key $db.password.key (or $db.bundled.enabled (ne $user.name "")) -}}
{{- include "popeye.passwordFile" (list $root $db $key (printf "postgres_%s_password" (index . 1)) "postgres_password") -}}
{{- end -}}
{{- end -}}

{{/* All passwords of a bundled server, for itself: the operator's and its users'; its arguments: root, "redis" or "db". */}}
{{- define "popeye.serverFiles" -}}
{{- $root := index . 0 -}}
{{- $values := index $root.Values (index . 1) -}}
{{- $kind := ternary "redis" "postgres" (eq (index . 1) "redis") -}}
{{- $operator := printf "%s_password" $kind -}}
{{- include "popeye.passwordFile" (list $root $values $values.password.key $operator $operator) -}}
{{- range $name, $user := $values.users }}
{{- $file := printf "%s_%s_password" $kind $name }}
{{ include "popeye.passwordFile" (list $root $values $user.key $file $file) }}
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
redis_poll_password
redis_worker_password
{{- end }}
{{- if and .Values.db.bundled.enabled (not .Values.db.password.existingSecret) }}
postgres_password
postgres_worker_password
postgres_result_password
{{- end }}
{{- if and .Values.result.adminToken.enabled (not .Values.result.adminToken.existingSecret) }}
admin_token
{{- end }}
{{- end -}}
