package io.lockstep.control.api;

import java.util.Optional;

/// A line of the table of verbs ([Requests]): one thing that the control API can be asked.
///
/// @param method the HTTP method
/// @param template the path, with `{name}` where a volume's name stands
/// @param place which node can answer
/// @param body what the request carries; [Nothing] if nothing
/// @param answer what a good answer holds; an array for a list
/// @param created whether a good answer is 201, since something is there now that was not
/// @param summary one sentence, for the API's description
public record Verb<B, A>(
    String method,
    String template,
    Place place,
    Class<B> body,
    Class<A> answer,
    boolean created,
    String summary) {
  private static final String NAME = "{name}";

  /// Which node can answer.
  public enum Place {
    /// The one that was asked.
    HERE,
    /// The Primary.
    PRIMARY,
    /// The one that the body names ([Requests.Addressed]).
    NAMED,
    /// The one that was asked, as a stream of events.
    STREAM
  }

  /// The body of a request that has none.
  public record Nothing() {}

  static <A> Verb<Nothing, A> get(String template, Place place, Class<A> answer, String summary) {
    return new Verb<>("GET", template, place, Nothing.class, answer, false, summary);
  }

  static <B, A> Verb<B, A> post(
      String template, Place place, Class<B> body, Class<A> answer, String summary) {
    return new Verb<>("POST", template, place, body, answer, false, summary);
  }

  static Verb<Nothing, Done> delete(String template, Place place, String summary) {
    return new Verb<>("DELETE", template, place, Nothing.class, Done.class, false, summary);
  }

  /// The same, with 201 for an answer.
  Verb<B, A> creating() {
    return new Verb<>(method, template, place, body, answer, true, summary);
  }

  /// Whether it changes something, and so belongs into the audit log.
  public boolean changes() {
    return !method.equals("GET");
  }

  public boolean hasName() {
    return template.contains(NAME);
  }

  /// Whether a request has a body that says something.
  public boolean hasBody() {
    return !body.equals(Nothing.class);
  }

  /// The path for a name, which is encoded already.
  public String path(String encodedName) {
    return template.replace(NAME, encodedName);
  }

  /// The name in `path` if this template fits it ("" if the template has none).
  public Optional<String> match(String path) {
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
