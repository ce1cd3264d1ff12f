package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a daemon says of a pair with two mirrors: `main`, served by a, has a volume vm1; `second`,
/// served by b, has another vm1, which is exported, and vm2. It makes volumes, and notes whatever
/// else it is asked to change.
final class TwoMirrorsFake implements Function<String, Object> {
  private static final String IQN = "iqn.2026-11.io.lockstep:kite2.vm1";

  private static final ExportInfo EXPORT =
      new ExportInfo("vm1", IQN, 0, List.of("10.0.0.2:3260"), List.of(), true, null).on("second");

  private final List<VolumeInfo> volumes =
      new CopyOnWriteArrayList<>(
          List.of(
              volume("vm1", 8L << 20, null, "main"),
              volume("vm1", 64L << 20, IQN, "second"),
              volume("vm2", 16L << 20, null, "second")));
  private final List<String> changes = new CopyOnWriteArrayList<>();

  static VolumeInfo volume(String name, long sizeBytes, @Nullable String iqn, String mirror) {
    return new VolumeInfo(
            name,
            sizeBytes,
            "uuid-" + mirror,
            new VolumeInfo.Names(iqn, null, null),
            0,
            List.of(),
            new VolumeInfo.Hindrance(null, null))
        .on(mirror);
  }

  /// What it was asked to change: method, path and body of each request.
  List<String> changes() {
    return List.copyOf(changes);
  }

  @Override
  public Object apply(String request) {
    String line = request.substring(0, request.indexOf(" HTTP/1.1"));
    String body = request.substring(request.indexOf("\r\n\r\n") + 4);
    if (line.startsWith("GET /v1/connect/")) {
      return new ConnectInfo("vm1", IQN, 0, List.of(), List.of());
    }
    if (line.startsWith("GET")) {
      return status();
    }
    changes.add((line + " " + body).strip());
    if (line.startsWith("DELETE")) {
      return new Done("It was deleted.");
    }
    if (line.startsWith("POST /v1/exports")) {
      return EXPORT;
    }
    return line.equals("POST /v1/volumes") ? created(body) : volumes.getFirst();
  }

  private VolumeInfo created(String body) {
    try {
      var wanted = Json.read(body.getBytes(UTF_8), Requests.CreateVolume.class);
      VolumeInfo made =
          volume(
              String.valueOf(wanted.name()),
              wanted.sizeBytes() == null ? 0 : wanted.sizeBytes(),
              null,
              String.valueOf(wanted.mirror()));
      volumes.add(made);
      return made;
    } catch (Json.BadJsonException e) {
      throw new AssertionError(body, e);
    }
  }

  private static MirrorSides mirror(String name, String primary, String secondary) {
    return MirrorSides.of(
        name,
        null,
        List.of(
            Pictures.side(primary, "Primary", "UpToDate", "Connected"),
            Pictures.side(secondary, "Secondary", "UpToDate", "Connected")));
  }

  private PairStatus status() {
    return new PairStatus(
        new PairStatus.Seen("kite", "a", 0),
        List.of(Pictures.running("a", 0), Pictures.running("b", 1)),
        List.of(mirror("main", "a", "b"), mirror("second", "b", "a")),
        List.copyOf(volumes),
        List.of(EXPORT),
        List.of(),
        PairStatus.Work.of(List.of()),
        null);
  }
}
