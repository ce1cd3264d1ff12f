package io.lockstep.control;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The part `paths` of `docs/control-api.yaml`, written from the table of verbs.
final class OpenApiPaths {
  private static final String SCHEMA = "{ $ref: \"#/components/schemas/%s\" }";

  private OpenApiPaths() {}

  static String text() {
    Map<String, List<Verb<?, ?>>> byPath = new LinkedHashMap<>();
    Requests.ALL.forEach(
        verb -> byPath.computeIfAbsent(verb.template(), _ -> new ArrayList<>()).add(verb));
    StringBuilder text = new StringBuilder("paths:\n");
    byPath.forEach(
        (path, verbs) -> {
          text.append("  ").append(path).append(":\n");
          verbs.forEach(verb -> text.append(operation(verb)));
        });
    return text.toString();
  }

  private static String operation(Verb<?, ?> verb) {
    StringBuilder text = new StringBuilder();
    text.append("    %s:%n".formatted(verb.method().toLowerCase(Locale.ROOT)));
    text.append("      summary: \"%s\"%n".formatted(verb.summary()));
    List<String> parameters = new ArrayList<>();
    if (verb.hasName()) {
      parameters.add("{ $ref: \"#/components/parameters/Name\" }");
    }
    if (verb.hasQuery()) {
      for (RecordComponent part : verb.body().getRecordComponents()) {
        boolean number = Number.class.isAssignableFrom(part.getType());
        parameters.add(
            "{ name: %s, in: query, schema: { type: %s } }"
                .formatted(part.getName(), number ? "integer" : "string"));
      }
    }
    if (verb.changes()) {
      parameters.add("{ $ref: \"#/components/parameters/Actor\" }");
      parameters.add("{ $ref: \"#/components/parameters/From\" }");
    }
    if (!parameters.isEmpty()) {
      text.append("      parameters: [ %s ]%n".formatted(String.join(", ", parameters)));
    }
    if (verb.hasBody() && !verb.hasQuery()) {
      text.append("      requestBody: { content: { application/json: { schema: ");
      text.append(SCHEMA.formatted(verb.body().getSimpleName())).append(" } } }\n");
    }
    text.append("      responses:\n");
    text.append("        \"%d\": %s%n".formatted(verb.created() ? 201 : 200, answer(verb)));
    text.append("        default: { $ref: \"#/components/responses/Problem\" }\n");
    return text.toString();
  }

  private static String answer(Verb<?, ?> verb) {
    Class<?> type = verb.answer();
    if (type == Done.class) {
      return "{ $ref: \"#/components/responses/Done\" }";
    }
    String schema =
        type.isArray()
            ? "{ type: array, items: %s }"
                .formatted(SCHEMA.formatted(type.getComponentType().getSimpleName()))
            : SCHEMA.formatted(type.getSimpleName());
    boolean streams = verb.place() == Verb.Place.STREAM;
    return "{ description: %s, content: { %s: { schema: %s } } }"
        .formatted(
            type.getSimpleName().replace("[]", "s"),
            streams ? "text/event-stream" : "application/json",
            streams ? "{ type: string }" : schema);
  }
}
