package io.lockstep.control;

import io.lockstep.block.Loop;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ConsoleInfo;
import io.lockstep.control.api.DiskInfo;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.RegionInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A node that keeps volumes and exports in maps: enough of one for the server and the command
/// line.
public final class SampleNode implements NodeControl, MirrorControl {
  /// The name of its mirror.
  static final String MIRROR = "k7x2ma";

  private static final long MIB = 1 << 20;

  /// The job that makes a volume of this size or more.
  private static final String JOB = "j0c0de1";

  private static final long JOB_BYTES = 1L << 40;

  private static final UnreadableInfo UNREADABLE =
      new UnreadableInfo(
          1,
          1,
          List.of(
              new UnreadablePlace(79 * MIB, "vm1", 4096L),
              new UnreadablePlace(12 * MIB, null, null)));

  private final Loop loop;
  private final String name;
  private final TreeMap<String, Long> volumes = new TreeMap<>();
  private final TreeMap<String, List<String>> exports = new TreeMap<>();
  private final Set<String> withoutCache = new HashSet<>();
  private final Set<String> exclusive = new HashSet<>();
  private final Map<String, SnapshotInfo> snapshots = new HashMap<>();
  private String made = "";
  private long madeBytes;
  private @Nullable Dispatcher other;
  private final Handlers handlers = new Handlers();
  private boolean primary;
  private boolean resyncing;
  private boolean unsafe;
  private @Nullable Long resyncTotal = 1024 * MIB;
  private long resyncSecondsLeft = 8;
  private volatile boolean broken;
  private final MemoryTrail trail = new MemoryTrail();

  public SampleNode(Loop loop, String name, boolean primary) {
    this.loop = loop;
    this.name = name;
    this.primary = primary;
  }

  /// What a forwarded request reaches.
  public void connect(Dispatcher peer) {
    other = peer;
  }

  /// Whether, from now on, it meets a fault in itself whenever it is asked.
  void breaks(boolean now) {
    broken = now;
  }

  private void checkWhole() {
    if (broken) {
      throw new IllegalStateException("planted");
    }
  }

  public void resyncs() {
    resyncing = true;
  }

  /// Nobody has told it how much there is to do, nor was enough measured.
  public void resyncsWithoutATotal() {
    resyncing = true;
    resyncTotal = null;
    resyncSecondsLeft = -1;
  }

  /// What was changed, and by whom.
  MemoryTrail trail() {
    return trail;
  }

  @Override
  public AuditTrail audit() {
    return trail;
  }

  /// There is a critical alert.
  public void isUnsafe() {
    unsafe = true;
  }

  private List<Alert> alerts() {
    Alert old =
        Alert.of(Alert.WARNING, "outdated", "b", "b is old.", "Connect it.")
            .raised(MIRROR, "2026-11-20T08:00:00Z");
    Alert none = Alert.of(Alert.CRITICAL, "no-primary", name, "Nobody serves.", "");
    return unsafe ? List.of(none, old) : List.of(old);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public String nodeName() {
    return name;
  }

  @Override
  public String peerName() {
    return name.equals("a") ? "b" : "a";
  }

  @Override
  public boolean isPrimary() {
    return primary;
  }

  @Override
  public void execute(Runnable work) {
    loop.execute(work);
  }

  @Override
  public String name() {
    return MIRROR;
  }

  @Override
  public Handlers handlers() {
    return handlers;
  }

  @Override
  public List<MirrorControl> mirrors() {
    return List.of(this);
  }

  @Override
  public void picture(Consumer<PairPicture> done) {
    PairStatus status = status();
    List<MirrorInfo> mirrors = mirrorInfos();
    PairPicture picture =
        new PairPicture() {
          @Override
          public PairStatus status() {
            return status;
          }

          @Override
          public List<MirrorInfo> mirrors() {
            return mirrors;
          }
        };
    loop.execute(() -> done.accept(picture));
  }

  PairStatus status() {
    checkWhole();
    return new PairStatus(
        new PairStatus.Seen("k7x2ma", name, 1_795_246_890_610L),
        List.of(node("a", 0), node("b", 1)),
        List.of(
            MirrorSides.of(
                MIRROR,
                new GroupInfo("lockstep_k7x2ma", "uuid", 1024 * MIB, 512 * MIB, 4 * MIB, 3, null),
                List.of(side("a"), side("b")))),
        volumes.keySet().stream().map(this::volume).toList(),
        exports.keySet().stream().map(this::export).toList(),
        List.of(
            new SessionInfo(
                name, "iqn.x:host", "iqn.t", "vm1", "10.0.0.9:4711", "00023d000001", 1, 0)),
        new PairStatus.Work(alerts(), jobs()),
        new ConsoleInfo("http://127.0.0.1:8080/"));
  }

  /// One that stands still, and one that goes on with each look, until it is done or, of a volume
  /// of more than a tebibyte, until somebody cancels it.
  private List<JobInfo> jobs() {
    var still = new JobInfo("j00af31", JobInfo.GROW_VOLUME, "vm1", 64, 256, 9, null, MIRROR);
    if (made.isEmpty()) {
      return List.of(still);
    }
    long wanted = madeBytes;
    long done = Optional.ofNullable(volumes.get(made)).orElse(0L);
    if (done == wanted / 2) {
      var goes = new JobInfo(JOB, JobInfo.CREATE_VOLUME, made, done, wanted, -1, null, MIRROR);
      volumes.put(made, wanted);
      return List.of(still, goes);
    }
    if (wanted > JOB_BYTES) {
      volumes.remove(made);
    }
    made = "";
    return List.of(still);
  }

  private NodeStatus node(String node, int id) {
    boolean self = node.equals(name);
    return new NodeStatus(
        node,
        id,
        NodeStatus.RUNNING,
        self ? 0L : 900L,
        new NodeStatus.Running(self ? 100L : 200L, "0.1.0", 0L, "/run/" + node + ".sock"),
        List.of("127.0.0.1:" + (3260 + id)),
        List.of());
  }

  private SideStatus side(String node) {
    boolean self = node.equals(name);
    return new SideStatus(
        node,
        self == primary ? "Primary" : "Secondary",
        new SideStatus.Copy(
            "UpToDate",
            List.of(new DiskInfo("/disks/" + node, 11 * MIB, 1013 * MIB)),
            self ? null : UNREADABLE,
            3),
        new SideStatus.Link(
            resyncing ? "SyncSource" : "Connected", "", self ? null : 1_795_246_000_000L),
        new SideStatus.Difference(
            resyncing ? 512 * MIB : 0L,
            resyncing
                ? new ResyncInfo(
                    "source", resyncTotal, 512 * MIB, 9 * MIB, 64 * MIB, resyncSecondsLeft)
                : null,
            9 * MIB),
        new SideStatus.History(2, "00000000000000aa"));
  }

  private VolumeInfo volume(String volume) {
    @Nullable String iqn = exports.containsKey(volume) ? "iqn.t:" + volume : null;
    long size = Optional.ofNullable(volumes.get(volume)).orElse(0L);
    var info =
        new VolumeInfo(
            volume,
            size,
            "uuid-" + volume,
            new VolumeInfo.Names(iqn, null, null),
            0,
            List.of(),
            new VolumeInfo.Hindrance(null, null));
    @Nullable SnapshotInfo snapshot = snapshots.get(volume);
    return snapshot == null ? info : info.as(snapshot);
  }

  private ExportInfo export(String volume) {
    return new ExportInfo(
        volume,
        "iqn.t:" + volume,
        0,
        List.of("127.0.0.1:3260", "127.0.0.1:3261"),
        new ExportInfo.Access(
            exports.getOrDefault(volume, List.of()), exclusive.contains(volume) ? true : null),
        !withoutCache.contains(volume),
        null,
        null);
  }

  private List<MirrorInfo> mirrorInfos() {
    return List.of(
        new MirrorInfo(
            MIRROR,
            "k7x2ma",
            "pair-id",
            "mirror-id",
            1021 * MIB,
            List.of(side("a"), side("b")),
            List.of(new RegionInfo("data", "/disks/" + name, 11 * MIB, 1013 * MIB)),
            List.of("losetup ...", "vgchange ...")));
  }

  /// Takes over all verbs that change something.
  public void answer(Handlers ofNode) {
    ofNode
        .on(Requests.STOP_NODE, (_, request, done) -> stopNode(request, done))
        .on(Requests.SHUT_DOWN_PAIR, (_, _, done) -> shutDownPair(done));
    handlers
        .on(Requests.CREATE_VOLUME, (_, request, done) -> createVolume(request, done))
        .on(Requests.RESIZE_VOLUME, this::resizeVolume)
        .on(Requests.RENAME_VOLUME, this::renameVolume)
        .on(Requests.DELETE_VOLUME, (volume, _, done) -> deleteVolume(volume, done))
        .on(Requests.TAKE_SNAPSHOT, this::takeSnapshot)
        .on(Requests.ROLL_BACK, this::rollBack)
        .on(
            Requests.CANCEL_JOB,
            (id, _, done) -> done.accept(Answer.ok(new Done("Job " + id + " was cancelled."))))
        .on(Requests.CREATE_EXPORT, (_, request, done) -> createExport(request, done))
        .on(Requests.CHANGE_EXPORT, this::changeExport)
        .on(Requests.DELETE_EXPORT, (volume, _, done) -> deleteExport(volume, done))
        .on(Requests.PROMOTE, (_, command, done) -> mirrorCommand("PROMOTE", command, done))
        .on(Requests.DEMOTE, (_, command, done) -> mirrorCommand("DEMOTE", command, done))
        .on(Requests.DISCONNECT, (_, command, done) -> mirrorCommand("DISCONNECT", command, done))
        .on(Requests.CONNECT, (_, command, done) -> mirrorCommand("CONNECT", command, done))
        .on(
            Requests.ACCEPT_LOSS,
            (_, command, done) -> mirrorCommand("ACCEPT_LOSS", command, done));
  }

  private void createVolume(Requests.CreateVolume request, Consumer<Answer> done) {
    checkWhole();
    String volume = Optional.ofNullable(request.name()).orElse("");
    if (volumes.containsKey(volume)) {
      done.accept(
          Answer.refused(
              "Volume " + volume + " was not created",
              "there is one already",
              "take another name"));
      return;
    }
    long size = Optional.ofNullable(request.sizeBytes()).orElse(0L);
    if (size >= JOB_BYTES) {
      made = volume;
      madeBytes = size;
      volumes.put(volume, size / 2);
      done.accept(Answer.created(volume(volume).under(JOB)));
      return;
    }
    volumes.put(volume, size);
    done.accept(Answer.created(volume(volume)));
  }

  private void resizeVolume(String volume, Requests.ResizeVolume request, Consumer<Answer> done) {
    volumes.put(volume, Optional.ofNullable(request.sizeBytes()).orElse(0L));
    done.accept(Answer.ok(volume(volume)));
  }

  private void renameVolume(String volume, Requests.RenameVolume request, Consumer<Answer> done) {
    String newName = Optional.ofNullable(request.newName()).orElse("");
    volumes.put(newName, Optional.ofNullable(volumes.remove(volume)).orElse(0L));
    done.accept(Answer.ok(volume(newName)));
  }

  private void deleteVolume(String volume, Consumer<Answer> done) {
    if (volumes.remove(volume) == null) {
      done.accept(
          Answer.notFound("Volume " + volume + " was not deleted", "it is not there", "look"));
      return;
    }
    done.accept(Answer.ok(new Done("Volume " + volume + " was deleted.")));
  }

  private void takeSnapshot(String volume, Requests.TakeSnapshot request, Consumer<Answer> done) {
    String snapshot = Optional.ofNullable(request.snapshot()).orElse("");
    long size = Optional.ofNullable(volumes.get(volume)).orElse(0L);
    long room = Optional.ofNullable(request.roomBytes()).orElse(size / 5);
    volumes.put(snapshot, size);
    snapshots.put(
        snapshot, new SnapshotInfo(volume, SnapshotInfo.WHOLE, null, room, room / 4, null));
    done.accept(Answer.created(volume(snapshot)));
  }

  private void rollBack(String volume, Requests.RollBack request, Consumer<Answer> done) {
    volumes.remove(Optional.ofNullable(request.snapshot()).orElse(""));
    done.accept(Answer.ok(volume(volume)));
  }

  private void createExport(Requests.CreateExport request, Consumer<Answer> done) {
    String volume = Optional.ofNullable(request.volume()).orElse("");
    exports.put(volume, Optional.ofNullable(request.initiators()).orElse(List.of()));
    if (Boolean.FALSE.equals(request.writeCache())) {
      withoutCache.add(volume);
    }
    mark(exclusive, volume, request.exclusive());
    done.accept(Answer.created(export(volume)));
  }

  private void changeExport(String volume, Requests.ChangeExport request, Consumer<Answer> done) {
    Optional.ofNullable(request.initiators()).ifPresent(names -> exports.put(volume, names));
    mark(exclusive, volume, request.exclusive());
    if (request.writeCache() != null) {
      mark(withoutCache, volume, !request.writeCache());
    }
    done.accept(Answer.ok(export(volume)));
  }

  private static void mark(Set<String> marked, String volume, @Nullable Boolean on) {
    if (Boolean.TRUE.equals(on)) {
      marked.add(volume);
    } else if (on != null) {
      marked.remove(volume);
    }
  }

  private void deleteExport(String volume, Consumer<Answer> done) {
    exports.remove(volume);
    done.accept(Answer.ok(new Done("The export of " + volume + " was deleted.")));
  }

  private void mirrorCommand(String word, Requests.MirrorCommand command, Consumer<Answer> done) {
    primary = word.equals("PROMOTE") || (primary && !word.equals("DEMOTE"));
    String options =
        (command.discards() ? " discarding" : "") + (command.forces() ? " forced" : "");
    done.accept(Answer.ok(new Done(word + " at " + name + options)));
  }

  private void stopNode(Requests.StopNode request, Consumer<Answer> done) {
    String when = request.follows() ? "later" : request.handsOver() ? "handing over" : "now";
    done.accept(Answer.ok(new Done(name + " ends " + when)));
  }

  private void shutDownPair(Consumer<Answer> done) {
    done.accept(Answer.ok(new Done("both end")));
  }

  @Override
  public void forward(byte[] request, Consumer<Forwarded> done) {
    Dispatcher peer = other;
    if (peer == null) {
      loop.execute(() -> done.accept(new Forwarded.Unavailable("the link is down")));
    } else {
      peer.answerPeer(request, answer -> done.accept(new Forwarded.Answered(answer)));
    }
  }
}
