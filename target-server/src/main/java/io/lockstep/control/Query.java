package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.Json;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The query of a GET as the JSON of a message, so that it is checked as every message is.
final class Query {
  private static final int PARAMETERS_MAX = 32;
  private static final String WHOLE_NUMBER = "-?[0-9]{1,18}";

  private Query() {}

  /// @param uri with its query
  /// @param type the message; what it holds as a number is one in JSON
  static byte[] json(String uri, Class<?> type) throws Json.BadJsonException {
    Map<String, List<String>> given;
    try {
      given = new QueryStringDecoder(uri, UTF_8, true, PARAMETERS_MAX).parameters();
    } catch (IllegalArgumentException e) {
      throw new Json.BadJsonException(String.valueOf(e.getMessage()));
    }
    Set<String> numbers =
        Arrays.stream(type.getRecordComponents())
            .filter(component -> Number.class.isAssignableFrom(component.getType()))
            .map(RecordComponent::getName)
            .collect(Collectors.toSet());
    Map<String, Object> fields = new LinkedHashMap<>();
    for (var parameter : given.entrySet()) {
      String name = parameter.getKey();
      if (parameter.getValue().size() > 1) {
        throw new Json.BadJsonException(name + " is there twice");
      }
      String value = parameter.getValue().getFirst();
      boolean number = numbers.contains(name) && value.matches(WHOLE_NUMBER);
      fields.put(name, number ? (Object) Long.valueOf(value) : value);
    }
    return Json.bytes(fields);
  }
}
