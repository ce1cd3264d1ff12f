package io.lockstep.control.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One daemon's control API. Each call is a connection of its own, so that a daemon that was
/// restarted in between is no special case. Immutable; callable from any thread.
public final class ControlClient {
  private static final int ANSWER_BYTES_MAX = 16 << 20;
  private static final int ACTOR_LENGTH_MAX = 64;

  /// A little longer than the daemon's own deadline, so that its reason arrives.
  private static final Duration TIMEOUT = Duration.ofSeconds(130);

  private final Path socket;
  private final String actor;

  /// @param actor who asks, for the audit: a user name, of which 64 characters are used
  public ControlClient(Path socket, String actor) {
    this.socket = socket;
    this.actor = headerValue(actor);
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
  public ControlClient as(String newActor) {
    return new ControlClient(socket, newActor);
  }

  public PairStatus status() throws ControlException {
    return call("GET", "/v1/status", null, PairStatus.class);
  }

  public List<VolumeInfo> volumes() throws ControlException {
    return List.of(call("GET", "/v1/volumes", null, VolumeInfo[].class));
  }

  public VolumeInfo createVolume(String name, long sizeBytes) throws ControlException {
    var body = new Requests.CreateVolume(name, sizeBytes);
    return call("POST", "/v1/volumes", body, VolumeInfo.class);
  }

  public VolumeInfo resizeVolume(String name, long sizeBytes, boolean shrink)
      throws ControlException {
    var body = new Requests.ResizeVolume(sizeBytes, shrink);
    return call("POST", "/v1/volumes/" + encoded(name) + "/resize", body, VolumeInfo.class);
  }

  public VolumeInfo renameVolume(String name, String newName) throws ControlException {
    var body = new Requests.RenameVolume(newName);
    return call("POST", "/v1/volumes/" + encoded(name) + "/rename", body, VolumeInfo.class);
  }

  public Done deleteVolume(String name) throws ControlException {
    return call("DELETE", "/v1/volumes/" + encoded(name), null, Done.class);
  }

  public List<ExportInfo> exports() throws ControlException {
    return List.of(call("GET", "/v1/exports", null, ExportInfo[].class));
  }

  /// @param initiators who may log in; empty: everybody
  public ExportInfo createExport(String volume, List<String> initiators) throws ControlException {
    return createExport(volume, initiators, null);
  }

  /// @param writeCache whether GOOD may come before a write is stable; null: as it was
  public ExportInfo createExport(
      String volume, List<String> initiators, @Nullable Boolean writeCache)
      throws ControlException {
    var body = new Requests.CreateExport(volume, initiators, writeCache);
    return call("POST", "/v1/exports", body, ExportInfo.class);
  }

  public ExportInfo changeExport(String volume, boolean writeCache) throws ControlException {
    return changeExport(volume, new Requests.ChangeExport(writeCache));
  }

  public ExportInfo changeExport(String volume, Requests.ChangeExport body)
      throws ControlException {
    return call("POST", "/v1/exports/" + encoded(volume) + "/change", body, ExportInfo.class);
  }

  public Done deleteExport(String volume) throws ControlException {
    return call("DELETE", "/v1/exports/" + encoded(volume), null, Done.class);
  }

  public List<SessionInfo> sessions() throws ControlException {
    return List.of(call("GET", "/v1/sessions", null, SessionInfo[].class));
  }

  public List<MirrorInfo> mirrors() throws ControlException {
    return List.of(call("GET", "/v1/mirror", null, MirrorInfo[].class));
  }

  /// @param verb `promote`, `demote`, `disconnect`, `connect` or `accept-loss`
  public Done mirrorCommand(String verb, Requests.MirrorCommand command) throws ControlException {
    return call("POST", "/v1/mirror/" + encoded(verb), command, Done.class);
  }

  /// @param handover whether a Primary may hand over first, as its configuration says
  public Done stopNode(boolean handover) throws ControlException {
    return call("POST", "/v1/node/stop", new Requests.StopNode(handover, null), Done.class);
  }

  /// Ends both nodes, in sync.
  public Done shutDownPair() throws ControlException {
    return call("POST", "/v1/pair/shutdown", null, Done.class);
  }

  public ConnectInfo connect(String volume) throws ControlException {
    return call("GET", "/v1/connect/" + encoded(volume), null, ConnectInfo.class);
  }

  /// The pair's state now and at each change.
  public EventStream events() throws ControlException {
    try {
      SocketStream stream = SocketStream.connect(socket);
      try {
        stream.write(request("GET", "/v1/events", null), TIMEOUT);
        Head head = head(stream);
        if (head.status != 200) {
          throw problem(head.status, stream.bytes(head.length, TIMEOUT));
        }
        return new EventStream(stream);
      } catch (IOException | ControlException e) {
        stream.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreachable("GET /v1/events was not answered", e);
    }
  }

  /// Any call of the API.
  ///
  /// @param body a message, or null
  /// @param type what a good answer holds
  public <T> T call(String method, String path, @Nullable Object body, Class<T> type)
      throws ControlException {
    try (SocketStream stream = SocketStream.connect(socket)) {
      stream.write(request(method, path, body), TIMEOUT);
      Head head = head(stream);
      byte[] answer = stream.bytes(head.length, TIMEOUT);
      if (head.status >= 200 && head.status < 300) {
        return Json.read(answer, type);
      }
      throw problem(head.status, answer);
    } catch (IOException e) {
      throw unreachable(method + " " + path + " was not answered", e);
    } catch (Json.BadJsonException e) {
      throw unreachable(method + " " + path + " was answered with bad JSON", e);
    }
  }

  private byte[] request(String method, String path, @Nullable Object body) {
    byte[] json = body == null ? new byte[0] : Json.bytes(body);
    String head =
        """
        %s %s HTTP/1.1
        Host: lockstep
        Lockstep-Actor: %s
        Content-Type: application/json
        Content-Length: %d
        Connection: close

        """
            .formatted(method, path, actor, json.length)
            .replace("\n", "\r\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.getBytes(UTF_8));
    out.writeBytes(json);
    return out.toByteArray();
  }

  private record Head(int status, int length) {}

  private static Head head(SocketStream stream) throws IOException {
    String[] parts = stream.line(TIMEOUT).split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP answer");
    }
    try {
      int length = 0;
      String line = stream.line(TIMEOUT);
      while (!line.isEmpty()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring("content-length:".length()).strip());
        }
        line = stream.line(TIMEOUT);
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
          new Problem(status, "The daemon refused", "HTTP status " + status, ""), e);
    }
  }

  private ControlException unreachable(String what, Exception cause) {
    String why;
    String action = "look at `lockstep status` and at the daemon's log";
    if (cause instanceof SocketTimeoutException) {
      why = cause.getMessage() + " at " + socket;
    } else if (!Files.exists(socket)) {
      why = "there is no control socket " + socket;
      action = "start the daemon, or name another with --dir or --socket";
    } else if (!Files.isWritable(socket)) {
      why = "no permission to use " + socket;
      action = "join the group of that file (lockstep) or use its owner's account";
    } else {
      why = "nobody answers at " + socket + " (" + cause.getMessage() + ")";
      action = "start the daemon";
    }
    return new ControlException(
        new Problem(ControlException.UNREACHABLE, what, why, action), cause);
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, UTF_8).replace("+", "%20");
  }
}
