{{/* Variables, as docs/configuration.md describes them. */}}

{{/* Who poll or worker is to Redis, "" for its default user; its arguments: root, which. The bundled one has users.conf. */}}
{{- define "popeye.redisUser" -}}
{{- $redis := (index . 0).Values.redis -}}
{{- ternary (index . 1) (index $redis.users (index . 1)).name $redis.bundled.enabled -}}
{{- end -}}

{{/* Its arguments: root, poll or worker. */}}
{{- define "popeye.redisEnv" -}}
{{- $root := index . 0 -}}
{{- $redis := $root.Values.redis -}}
{{- $external := $redis.external -}}
{{- if $external.url.existingSecret }}
- { name: REDIS_URL_FILE, value: /run/secrets/redis_url }
{{- else }}
- { name: REDIS_HOST, value: {{ ternary (include "popeye.name" (list $root "redis")) $external.host $redis.bundled.enabled | quote }} }
- { name: REDIS_PORT, value: {{ ternary 6379 $external.port $redis.bundled.enabled | int | quote }} }
{{- with include "popeye.redisUser" . }}
- { name: REDIS_USER, value: {{ . | quote }} }
{{- end }}
{{- if include "popeye.redisFiles" . }}
- { name: REDIS_PASSWORD_FILE, value: /run/secrets/redis_password }
{{- end }}
{{- end }}
{{- end -}}

{{/* Its arguments: root, worker or result. The bundled PostgreSQL has users.psql. */}}
{{- define "popeye.dbEnv" -}}
{{- $root := index . 0 -}}
{{- $db := $root.Values.db -}}
{{- $external := $db.external -}}
{{- if $external.url.existingSecret }}
- { name: DATABASE_URL_FILE, value: /run/secrets/database_url }
{{- else }}
- { name: POSTGRES_HOST, value: {{ ternary (include "popeye.name" (list $root "db")) $external.host $db.bundled.enabled | quote }} }
- { name: POSTGRES_PORT, value: {{ ternary 5432 $external.port $db.bundled.enabled | int | quote }} }
- { name: POSTGRES_DB, value: {{ $db.name | quote }} }
- { name: POSTGRES_USER, value: {{ ternary (printf "popeye_%s" (index . 1)) ((index $db.users (index . 1)).name | default $db.user) $db.bundled.enabled | quote }} }
{{- if include "popeye.dbFiles" . }}
- { name: POSTGRES_PASSWORD_FILE, value: /run/secrets/postgres_password }
{{- end }}
{{- end }}
{{- end -}}

{{/* A public site; its arguments: root, the station's values. Port 80 is not for every user on every engine. */}}
{{- define "popeye.siteEnv" -}}
{{- $root := index . 0 -}}
{{- $station := index . 1 }}
- { name: ADDR, value: ":8080" }
- { name: MAX_CONNS, value: {{ $station.maxConns | int | quote }} }
- { name: MAX_CONNS_PER_ADDRESS, value: {{ $station.maxConnsPerAddress | int | quote }} }
{{- with $root.Values.trustedProxies }}
- { name: TRUSTED_PROXIES, value: {{ join "," . | quote }} }
{{- end }}
{{- with include "popeye.url" (list $root "poll") }}
- { name: PUBLIC_POLL_URL, value: {{ . | quote }} }
{{- end }}
{{- with include "popeye.url" (list $root "result") }}
- { name: PUBLIC_RESULT_URL, value: {{ . | quote }} }
{{- end }}
{{- end -}}

{{/* Options have letters: OPTION_A, OPTION_B and so on. */}}
{{- define "popeye.defaultPollEnv" -}}
{{- with .Values.defaultPoll.question }}
- { name: QUESTION, value: {{ . | quote }} }
{{- end }}
{{- range $i, $label := .Values.defaultPoll.options }}
- { name: {{ printf "OPTION_%c" (add 65 $i) }}, value: {{ $label | quote }} }
{{- end }}
{{- end -}}

{{/* Makes Go collect harder before it would meet the limit; its argument: resources. */}}
{{- define "popeye.goEnv" -}}
{{- $limit := dig "limits" "memory" "" . | toString -}}
{{- with $limit -}}
{{- $mebi := dict "Ki" 0.0009765625 "Mi" 1.0 "Gi" 1024.0 "k" 0.00095367431640625 "M" 0.95367431640625 "G" 953.67431640625 "" 0.00000095367431640625 }}
- { name: GOMEMLIMIT, value: {{ printf "%dMiB" (mulf (regexFind "^[0-9.]+" .) (index $mebi (regexFind "[A-Za-z]*$" .)) 0.8 | floor | int64) }} }
{{- end -}}
{{- end -}}
