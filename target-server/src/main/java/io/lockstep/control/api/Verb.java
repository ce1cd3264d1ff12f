package io.lockstep.control.api;

import java.util.Optional;

/// A line of the table of verbs ([Requests]): one thing that the control API can be asked.
///
/// @param method the HTTP method
/// @param template the path, with `{name}` where the name of a volume or a job stands
/// @param place which node can answer
/// @param body what the request carries, of a GET in its query; [Nothing] if nothing
/// @param answer what a good answer holds; an array for a list
/// @param created whether a good answer is 201, since something is there now that was not
/// @param change what it changes; empty if it only asks
/// @param summary one sentence, for the API's description
public record Verb<B, A>(
    String method,
    String template,
    Place place,
    Class<B> body,
    Class<A> answer,
    boolean created,
    Optional<Change> change,
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

  /// What a verb changes, for the audit trail.
  ///
  /// @param words as on the command line: `volume create`
  /// @param subject what kind of thing is changed
  public record Change(String words, Subject subject) {}

  /// What a change is about, and so what is written down of it before and after.
  public enum Subject {
    VOLUME,
    SNAPSHOT,
    EXPORT,
    JOB,
    /// One node's side of a mirror.
    SIDE,
    /// A node, or both.
    NODE
  }

  /// A verb of which it is still to be said what it changes: none of the table can leave that out.
  ///
  /// @param verb all the rest of it
  record Draft<B, A>(Verb<B, A> verb) {
    Verb<B, A> changing(String words, Subject subject) {
      return new Verb<>(
          verb.method,
          verb.template,
          verb.place,
          verb.body,
          verb.answer,
          verb.created,
          Optional.of(new Change(words, subject)),
          verb.summary);
    }
  }

  static <A> Verb<Nothing, A> get(String template, Place place, Class<A> answer, String summary) {
    return asking(template, place, Nothing.class, answer, summary);
  }

  /// @param query what its query says
  static <B, A> Verb<B, A> asking(
      String template, Place place, Class<B> query, Class<A> answer, String summary) {
    return new Verb<>("GET", template, place, query, answer, false, Optional.empty(), summary);
  }

  static <B, A> Draft<B, A> post(
      String template, Place place, Class<B> body, Class<A> answer, String summary) {
    return new Draft<>(
        new Verb<>("POST", template, place, body, answer, false, Optional.empty(), summary));
  }

  static Draft<Nothing, Done> delete(String template, Place place, String summary) {
    return new Draft<>(
        new Verb<>(
            "DELETE",
            template,
            place,
            Nothing.class,
            Done.class,
            false,
            Optional.empty(),
            summary));
  }

  /// The same, with 201 for an answer.
  Verb<B, A> creating() {
    return new Verb<>(method, template, place, body, answer, true, change, summary);
  }

  /// Whether it changes something, and so belongs into the audit trail.
  public boolean changes() {
    return change.isPresent();
  }

  /// Whether what it carries stands in the query.
  public boolean hasQuery() {
    return method.equals("GET") && hasBody();
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
