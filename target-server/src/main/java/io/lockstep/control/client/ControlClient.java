package io.lockstep.control.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.Check;
import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.Verb;
import io.lockstep.control.api.VolumeInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One daemon's control API. Each call is a connection of its own, so that a daemon that was
/// restarted in between is no special case. Immutable; callable from any thread.
public final class ControlClient {
  private static final int ANSWER_BYTES_MAX = 16 << 20;
  private static final int ACTOR_LENGTH_MAX = 64;
  private static final byte[] NO_BODY = {};
  private static final String UNANSWERED = "The daemon did not answer";

  /// A little longer than the daemon's own deadline, so that its reason arrives.
  private static final Duration TIMEOUT = Duration.ofSeconds(130);

  private final Path socket;
  private final String actor;
  private final String from;
  private final Duration limit;

  /// @param actor who asks, for the audit: a user name, of which 64 characters are used
  /// @param from by which way: `CLI`, or the program and where it is asked from
  public ControlClient(Path socket, String actor, String from) {
    this(socket, headerValue(actor), headerValue(from), TIMEOUT);
  }

  /// Asked by a way of which nothing is said.
  public ControlClient(Path socket, String actor) {
    this(socket, actor, "");
  }

  private ControlClient(Path socket, String actor, String from, Duration limit) {
    this.socket = socket;
    this.actor = actor;
    this.from = from;
    this.limit = limit;
  }

  /// A header holds printable ASCII only: what else a name has is shown as '?'.
  private static String headerValue(String name) {
    String cut = name.substring(0, Math.min(name.length(), ACTOR_LENGTH_MAX));
    return cut.replaceAll("[^ -~]", "?");
  }

  public Path socket() {
    return socket;
  }

  /// The same daemon, asked by somebody else.
  public ControlClient as(String newActor, String newFrom) {
    return new ControlClient(socket, headerValue(newActor), headerValue(newFrom), limit);
  }

  /// The same daemon, whose answer is waited for no longer than this.
  public ControlClient within(Duration newLimit) {
    return new ControlClient(socket, actor, from, newLimit);
  }

  public PairStatus status() throws ControlException {
    return call(Requests.STATUS, "", null);
  }

  public List<VolumeInfo> volumes() throws ControlException {
    return List.of(call(Requests.VOLUMES, "", null));
  }

  public VolumeInfo createVolume(String name, long sizeBytes) throws ControlException {
    return createVolume(new Requests.CreateVolume(name, sizeBytes));
  }

  public VolumeInfo createVolume(Requests.CreateVolume body) throws ControlException {
    return call(Requests.CREATE_VOLUME, "", body);
  }

  public VolumeInfo resizeVolume(String name, long sizeBytes, boolean shrink)
      throws ControlException {
    var body = new Requests.ResizeVolume(sizeBytes, shrink);
    return call(Requests.RESIZE_VOLUME, name, body);
  }

  public VolumeInfo renameVolume(String name, String newName) throws ControlException {
    var body = new Requests.RenameVolume(newName);
    return call(Requests.RENAME_VOLUME, name, body);
  }

  public Done deleteVolume(String name) throws ControlException {
    return call(Requests.DELETE_VOLUME, name, null);
  }

  /// @param volume of which a snapshot is taken
  public VolumeInfo takeSnapshot(String volume, Requests.TakeSnapshot body)
      throws ControlException {
    return call(Requests.TAKE_SNAPSHOT, volume, body);
  }

  /// @param volume that is put back
  public VolumeInfo rollBack(String volume, String snapshot) throws ControlException {
    return call(Requests.ROLL_BACK, volume, new Requests.RollBack(snapshot));
  }

  public List<ExportInfo> exports() throws ControlException {
    return List.of(call(Requests.EXPORTS, "", null));
  }

  /// @param initiators who may log in; empty: everybody
  public ExportInfo createExport(String volume, List<String> initiators) throws ControlException {
    return createExport(Requests.CreateExport.of(volume, initiators));
  }

  public ExportInfo createExport(Requests.CreateExport body) throws ControlException {
    return call(Requests.CREATE_EXPORT, "", body);
  }

  public ExportInfo changeExport(String volume, boolean writeCache) throws ControlException {
    return changeExport(volume, Requests.ChangeExport.writeCache(writeCache));
  }

  public ExportInfo changeExport(String volume, Requests.ChangeExport body)
      throws ControlException {
    return call(Requests.CHANGE_EXPORT, volume, body);
  }

  public Done deleteExport(String volume) throws ControlException {
    return call(Requests.DELETE_EXPORT, volume, null);
  }

  public List<SessionInfo> sessions() throws ControlException {
    return List.of(call(Requests.SESSIONS, "", null));
  }

  public List<JobInfo> jobs() throws ControlException {
    return List.of(call(Requests.JOBS, "", null));
  }

  public JobInfo job(String id) throws ControlException {
    return call(Requests.JOB, id, null);
  }

  public Done cancelJob(String id) throws ControlException {
    return call(Requests.CANCEL_JOB, id, new Requests.CancelJob(null));
  }

  public List<MirrorInfo> mirrors() throws ControlException {
    return List.of(call(Requests.MIRRORS, "", null));
  }

  /// @param verb a verb of the mirror: [Requests#PROMOTE], [Requests#CONNECT] ...
  public Done mirrorCommand(Verb<Requests.MirrorCommand, Done> verb, Requests.MirrorCommand command)
      throws ControlException {
    return call(verb, "", command);
  }

  /// Who has changed what, the newest first.
  public List<AuditInfo> audit(Requests.AuditQuery query) throws ControlException {
    return List.of(call(Requests.AUDIT, "", query));
  }

  /// @param handover whether a Primary may hand over first, as its configuration says
  public Done stopNode(boolean handover) throws ControlException {
    return call(Requests.STOP_NODE, "", new Requests.StopNode(handover, null));
  }

  /// Ends both nodes, in sync.
  public Done shutDownPair() throws ControlException {
    return call(Requests.SHUT_DOWN_PAIR, "", null);
  }

  public ConnectInfo connect(String volume) throws ControlException {
    return call(Requests.CONNECT_INFO, volume, null);
  }

  /// The pair's state now and at each change.
  public EventStream events() throws ControlException {
    try {
      Patience patience = new Patience(limit);
      SocketStream stream = SocketStream.connect(socket, patience.left());
      try {
        stream.write(
            request(Requests.EVENTS.method(), Requests.EVENTS.template(), NO_BODY),
            patience.left());
        Head head = head(stream, patience);
        if (head.status != 200) {
          throw problem(head.status, stream.bytes(head.length, patience.left()));
        }
        return new EventStream(stream);
      } catch (IOException | ControlException e) {
        stream.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreachable(UNANSWERED, e);
    }
  }

  /// What has happened to the mirrors of the daemon's node lately, the oldest first.
  public List<EventInfo> lastEvents() throws ControlException {
    List<EventInfo> last = new ArrayList<>();
    try (EventStream stream = events()) {
      while (stream.next() instanceof EventStream.Happened(EventInfo event)) {
        last.add(event);
      }
      return last;
    } catch (IOException e) {
      throw unreachable(UNANSWERED, e);
    }
  }

  /// Asks a verb.
  ///
  /// @param name the name in its path; without meaning if there is none
  /// @param body its message, or null
  private <B, A> A call(Verb<B, A> verb, String name, @Nullable B body) throws ControlException {
    String path = verb.path(encoded(name));
    return verb.hasQuery() && body != null
        ? call(verb.method(), path + query(body), null, verb.answer())
        : call(verb.method(), path, body, verb.answer());
  }

  /// Any call of the API.
  ///
  /// @param body a message, or null
  /// @param type what a good answer holds
  public <T> T call(String method, String path, @Nullable Object body, Class<T> type)
      throws ControlException {
    Passed passed = pass(method, path, body == null ? NO_BODY : Json.bytes(body));
    if (!passed.isGood()) {
      throw problem(passed.status, passed.body);
    }
    try {
      return Json.read(passed.body, type);
    } catch (Json.BadJsonException e) {
      throw new ControlException(
          new Problem(
              ControlException.UNREACHABLE,
              "The daemon's answer cannot be read",
              String.valueOf(e.getMessage()),
              "use the command line and the console of the daemon's release"),
          e);
    }
  }

  /// An answer as it came.
  ///
  /// @param status the HTTP status
  /// @param body JSON: of a message, or of a [Problem]
  @SuppressWarnings("ArrayRecordComponent")
  public record Passed(int status, byte[] body) {
    /// Whether it was done.
    public boolean isGood() {
      return status >= 200 && status < 300;
    }
  }

  /// Passes on a request of somebody else, whatever it asks, and gives back what came.
  ///
  /// @param path printable ASCII, as in a request line
  /// @param body as it came, empty if there was none
  public Passed pass(String method, String path, byte[] body) throws ControlException {
    Patience patience = new Patience(limit);
    try (SocketStream stream = SocketStream.connect(socket, patience.left())) {
      stream.write(request(method, path, body), patience.left());
      Head head = head(stream, patience);
      return new Passed(head.status, stream.bytes(head.length, patience.left()));
    } catch (IOException e) {
      throw unreachable(UNANSWERED, e);
    }
  }

  private byte[] request(String method, String path, byte[] body) {
    Check.that((method + path).matches("[!-~]+"), "a request line is printable");
    String head =
        """
        %s %s HTTP/1.1
        Host: lockstep
        Lockstep-Actor: %s
        Lockstep-From: %s
        Content-Type: application/json
        Content-Length: %d
        Connection: close

        """
            .formatted(method, path, actor, from, body.length)
            .replace("\n", "\r\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.getBytes(UTF_8));
    out.writeBytes(body);
    return out.toByteArray();
  }

  private record Head(int status, int length) {}

  /// How much longer a call may take.
  private record Patience(long startNanos, Duration limit) {
    Patience(Duration limit) {
      this(System.nanoTime(), limit);
    }

    Duration left() throws SocketTimeoutException {
      Duration left = limit.minusNanos(System.nanoTime() - startNanos);
      if (!left.isPositive()) {
        throw new SocketTimeoutException("no answer in time");
      }
      return left;
    }
  }

  private static Head head(SocketStream stream, Patience patience) throws IOException {
    String[] parts = stream.line(patience.left()).split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP answer");
    }
    try {
      int length = 0;
      String line = stream.line(patience.left());
      while (!line.isEmpty()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring("content-length:".length()).strip());
        }
        line = stream.line(patience.left());
      }
      if (length < 0 || length > ANSWER_BYTES_MAX) {
        throw new IOException("an answer of " + length + " bytes");
      }
      return new Head(Integer.parseInt(parts[1]), length);
    } catch (NumberFormatException e) {
      throw new IOException("a number in the answer's head is none", e);
    }
  }

  private static ControlException problem(int status, byte[] answer) {
    try {
      return new ControlException(Json.read(answer, Problem.class));
    } catch (Json.BadJsonException e) {
      return new ControlException(
          new Problem(
              status,
              "The daemon refused",
              "it gave no reason that can be read, only the status " + status,
              "look at its log; it may be of another release"),
          e);
    }
  }

  private ControlException unreachable(String what, Exception cause) {
    String why;
    String action = "look at `lockstep status` and at the daemon's log";
    boolean nobody = false;
    if (cause instanceof SocketTimeoutException) {
      why = "no answer within " + limit.toSeconds() + " s at " + socket;
    } else if (!Files.exists(socket)) {
      nobody = true;
      why = "there is no control socket " + socket;
      action = "start the daemon, or name another with --dir or --socket";
    } else if (!Files.isWritable(socket)) {
      why = "no permission to use " + socket;
      action = "join the group of that file (lockstep) or use its owner's account";
    } else {
      nobody = cause instanceof ConnectException;
      why = "nobody answers at " + socket + " (" + cause.getMessage() + ")";
      action = "start the daemon";
    }
    return new ControlException(
        new Problem(ControlException.UNREACHABLE, what, why, action), cause, nobody);
  }

  private static String query(Object message) {
    List<String> parts = new ArrayList<>();
    Json.fields(message)
        .forEach((name, value) -> parts.add(name + "=" + encoded(String.valueOf(value))));
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, UTF_8).replace("+", "%20");
  }
}
