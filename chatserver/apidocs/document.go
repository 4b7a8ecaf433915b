package apidocs

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// ordered is a YAML map that keeps the order in which it is written.
type ordered[V any] []entry[V]

type entry[V any] struct {
	Key   string
	Value V
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (o *ordered[V]) UnmarshalYAML(unmarshal func(any) error) error {
	var keys yaml.MapSlice
	if err := unmarshal(&keys); err != nil {
		return err
	}
	var values map[string]V
	if err := unmarshal(&values); err != nil {
		return err
	}
	for _, item := range keys {
		key := fmt.Sprint(item.Key)
		*o = append(*o, entry[V]{key, values[key]})
	}
	return nil
}

func (o ordered[V]) get(key string) (v V) {
	for _, e := range o {
		if e.Key == key {
			return e.Value
		}
	}
	return v
}

// document is what the page shows of openapi.yaml.
type document struct {
	Info struct {
		Title       string `yaml:"title"`
		Version     string `yaml:"version"`
		Summary     string `yaml:"summary"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags []struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
	} `yaml:"tags"`
	Paths  ordered[ordered[operation]] `yaml:"paths"`
	Frames struct {
		Client ordered[string] `yaml:"client"`
		Server ordered[string] `yaml:"server"`
	} `yaml:"x-frames"`
	CloseCodes ordered[string] `yaml:"x-close-codes"`
	Components struct {
		Parameters ordered[parameter] `yaml:"parameters"`
		Responses  ordered[response]  `yaml:"responses"`
		Schemas    ordered[schema]    `yaml:"schemas"`
	} `yaml:"components"`
}

type operation struct {
	Tags        []string               `yaml:"tags"`
	ID          string                 `yaml:"operationId"`
	Summary     string                 `yaml:"summary"`
	Description string                 `yaml:"description"`
	Security    *[]map[string][]string `yaml:"security"` // empty, not absent: anyone may
	Parameters  []parameter            `yaml:"parameters"`
	RequestBody *struct {
		Required bool           `yaml:"required"`
		Content  ordered[media] `yaml:"content"`
	} `yaml:"requestBody"`
	Responses ordered[response] `yaml:"responses"`
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string `yaml:"name"`
	In          string `yaml:"in"`
	Required    bool   `yaml:"required"`
	Description string `yaml:"description"`
	Schema      schema `yaml:"schema"`
}

type response struct {
	Ref         string         `yaml:"$ref"`
	Description string         `yaml:"description"`
	Content     ordered[media] `yaml:"content"`
}

type media struct {
	Schema schema `yaml:"schema"`
}

type schema struct {
	Ref                  string          `yaml:"$ref"`
	Type                 any             `yaml:"type"` // a name or a list of names
	Format               string          `yaml:"format"`
	Description          string          `yaml:"description"`
	Enum                 []any           `yaml:"enum"`
	Default              any             `yaml:"default"`
	Pattern              string          `yaml:"pattern"`
	Required             []string        `yaml:"required"`
	Properties           ordered[schema] `yaml:"properties"`
	Items                *schema         `yaml:"items"`
	AdditionalProperties any             `yaml:"additionalProperties"`
	MinLength            *int64          `yaml:"minLength"`
	MaxLength            *int64          `yaml:"maxLength"`
	Minimum              *int64          `yaml:"minimum"`
	Maximum              *int64          `yaml:"maximum"`
	MinItems             *int64          `yaml:"minItems"`
	MaxItems             *int64          `yaml:"maxItems"`
}
