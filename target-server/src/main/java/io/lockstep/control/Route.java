package io.lockstep.control;

import java.util.Optional;
import java.util.function.Consumer;

/// A line of the route table.
///
/// @param method the HTTP method
/// @param template the path, with `{name}` where a volume's name stands
/// @param place which node can answer
/// @param handler what does it
record Route(String method, String template, Place place, Handler handler) {
  private static final String NAME = "{name}";

  /// Which node can answer.
  enum Place {
    /// The one that was asked.
    HERE,
    /// The Primary.
    PRIMARY,
    /// The one that the body names.
    NAMED,
    /// The server itself, as a stream of events.
    STREAM
  }

  @FunctionalInterface
  interface Handler {
    void handle(NodeControl node, Call call, Consumer<Answer> done);
  }

  /// Whether it changes something, and so belongs into the audit log.
  boolean changes() {
    return !method.equals("GET");
  }

  /// The name in `path` if this route's template fits it ("" if the template has none).
  Optional<String> match(String path) {
    int at = template.indexOf(NAME);
    if (at < 0) {
      return path.equals(template) ? Optional.of("") : Optional.empty();
    }
    String before = template.substring(0, at);
    String after = template.substring(at + NAME.length());
    boolean fits =
        path.length() > before.length() + after.length()
            && path.startsWith(before)
            && path.endsWith(after);
    String name = fits ? path.substring(before.length(), path.length() - after.length()) : "";
    return fits && name.indexOf('/') < 0 ? Optional.of(name) : Optional.empty();
  }
}
