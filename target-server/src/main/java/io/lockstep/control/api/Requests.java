package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.lockstep.control.api.Verb.Nothing;
import io.lockstep.control.api.Verb.Place;
import io.lockstep.control.api.Verb.Subject;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Every request of the control API: the table of its verbs, one line each, and the bodies of those
/// that carry something. The server takes its routes from here, the client its calls, and the paths
/// of `docs/control-api.yaml` are written from it; docs/design.md says in which other files a verb
/// lives.
public final class Requests {
  /// No volume is larger: 1 EiB.
  public static final long SIZE_BYTES_MAX = 1L << 60;

  /// What a host can name with peripheral device addressing (SAM-5 4.7.7.2).
  public static final int LUN_MAX = 255;

  /// So many lines of the audit trail are told at once.
  public static final int AUDIT_LINES_MAX = 1000;

  public static final Verb<Nothing, PairStatus> STATUS =
      Verb.get(
          "/v1/status",
          Place.HERE,
          PairStatus.class,
          "Nodes, mirrors, volumes, exports, sessions and alerts, as this daemon knows them.");
  public static final Verb<Nothing, PairStatus> EVENTS =
      Verb.get(
          "/v1/events",
          Place.STREAM,
          PairStatus.class,
          "Server-sent events. `mirror` with an EventInfo as data: each change of this node's"
              + " mirrors, what else happens to them, and each alert that is raised or lifted; the"
              + " last 128 first. Then `status` with a PairStatus: at once, at each"
              + " change (at most two a second, at least one in five seconds). `missed` with"
              + " MissedEvents: so many of `mirror` were lost to a reader that was too slow. A"
              + " comment line every ten seconds.");

  public static final Verb<Nothing, VolumeInfo[]> VOLUMES =
      Verb.get("/v1/volumes", Place.HERE, VolumeInfo[].class, "All volumes.");
  public static final Verb<CreateVolume, VolumeInfo> CREATE_VOLUME =
      Verb.post(
              "/v1/volumes",
              Place.PRIMARY,
              CreateVolume.class,
              VolumeInfo.class,
              "Create a volume of zeroes.")
          .changing("volume create", Subject.VOLUME)
          .creating();
  public static final Verb<Nothing, Done> DELETE_VOLUME =
      Verb.delete(
              "/v1/volumes/{name}",
              Place.PRIMARY,
              "Delete a volume; refused while it is exported or somebody is logged in to it.")
          .changing("volume delete", Subject.VOLUME);
  public static final Verb<ResizeVolume, VolumeInfo> RESIZE_VOLUME =
      Verb.post(
              "/v1/volumes/{name}/resize",
              Place.PRIMARY,
              ResizeVolume.class,
              VolumeInfo.class,
              "Give a volume another size while it may be in use; smaller only with `shrink`.")
          .changing("volume resize", Subject.VOLUME);
  public static final Verb<RenameVolume, VolumeInfo> RENAME_VOLUME =
      Verb.post(
              "/v1/volumes/{name}/rename",
              Place.PRIMARY,
              RenameVolume.class,
              VolumeInfo.class,
              "Give a volume another name; its IQN, serial number and sessions stay.")
          .changing("volume rename", Subject.VOLUME);

  public static final Verb<TakeSnapshot, VolumeInfo> TAKE_SNAPSHOT =
      Verb.post(
              "/v1/volumes/{name}/snapshots",
              Place.PRIMARY,
              TakeSnapshot.class,
              VolumeInfo.class,
              "Take a snapshot of a volume. It is a volume, too; resizing changes its room.")
          .changing("snapshot create", Subject.SNAPSHOT)
          .creating();
  public static final Verb<RollBack, VolumeInfo> ROLL_BACK =
      Verb.post(
              "/v1/volumes/{name}/rollback",
              Place.PRIMARY,
              RollBack.class,
              VolumeInfo.class,
              "Put a volume, to which nobody is logged in, back to a snapshot, which then goes.")
          .changing("snapshot rollback", Subject.SNAPSHOT);

  public static final Verb<Nothing, ExportInfo[]> EXPORTS =
      Verb.get("/v1/exports", Place.HERE, ExportInfo[].class, "All exports.");
  public static final Verb<CreateExport, ExportInfo> CREATE_EXPORT =
      Verb.post(
              "/v1/exports",
              Place.PRIMARY,
              CreateExport.class,
              ExportInfo.class,
              "Offer a volume over iSCSI.")
          .changing("export create", Subject.EXPORT)
          .creating();
  public static final Verb<ChangeExport, ExportInfo> CHANGE_EXPORT =
      Verb.post(
              "/v1/exports/{name}/change",
              Place.PRIMARY,
              ChangeExport.class,
              ExportInfo.class,
              "Change who may log in to an exported volume, or its write cache; it may be in use.")
          .changing("export set", Subject.EXPORT);
  public static final Verb<Nothing, Done> DELETE_EXPORT =
      Verb.delete(
              "/v1/exports/{name}",
              Place.PRIMARY,
              "Stop offering a volume; refused while somebody is logged in to it.")
          .changing("export delete", Subject.EXPORT);
  public static final Verb<Nothing, ConnectInfo> CONNECT_INFO =
      Verb.get(
          "/v1/connect/{name}",
          Place.HERE,
          ConnectInfo.class,
          "The exact commands for open-iscsi, QEMU and libvirt to use an exported volume.");

  public static final Verb<Nothing, SessionInfo[]> SESSIONS =
      Verb.get(
          "/v1/sessions",
          Place.HERE,
          SessionInfo[].class,
          "Who is logged in to what, on both nodes.");

  public static final Verb<Nothing, JobInfo[]> JOBS =
      Verb.get(
          "/v1/jobs",
          Place.HERE,
          JobInfo[].class,
          "Work that goes on after its request was answered, and has not ended.");
  public static final Verb<Nothing, JobInfo> JOB =
      Verb.get("/v1/jobs/{name}", Place.HERE, JobInfo.class, "One job; 404 once it has ended.");
  public static final Verb<CancelJob, Done> CANCEL_JOB =
      Verb.post(
              "/v1/jobs/{name}/cancel",
              Place.PRIMARY,
              CancelJob.class,
              Done.class,
              "End a job: a volume that it makes is deleted, one that it lets grow keeps what it"
                  + " has.")
          .changing("jobs cancel", Subject.JOB);

  public static final Verb<Nothing, MirrorInfo[]> MIRRORS =
      Verb.get(
          "/v1/mirror",
          Place.HERE,
          MirrorInfo[].class,
          "The mirrors, and where their data lies on this node's disks.");
  public static final Verb<MirrorCommand, Done> PROMOTE =
      mirror("promote", "Make a node Primary; a planned switch if the other is reachable.");
  public static final Verb<MirrorCommand, Done> DEMOTE =
      mirror("demote", "Make a node Secondary; neither serves until one is promoted.");
  public static final Verb<MirrorCommand, Done> DISCONNECT =
      mirror("disconnect", "Drop the link between the nodes until `connect`.");
  public static final Verb<MirrorCommand, Done> CONNECT =
      mirror(
          "connect",
          "Look for the other node again; after a split brain one node gives up its changes.");
  public static final Verb<MirrorCommand, Done> ACCEPT_LOSS =
      mirror(
          "accept-loss",
          "Give up the blocks that no node can read; reading them is an error until they are"
              + " written.");

  public static final Verb<AuditQuery, AuditInfo[]> AUDIT =
      Verb.asking(
          "/v1/audit",
          Place.NAMED,
          AuditQuery.class,
          AuditInfo[].class,
          "Who has changed what at a node, the newest first.");

  public static final Verb<StopNode, Done> STOP_NODE =
      Verb.post(
              "/v1/node/stop",
              Place.HERE,
              StopNode.class,
              Done.class,
              "End the node that is asked, in order; it answers before it does.")
          .changing("node stop", Subject.NODE);
  public static final Verb<Nothing, Done> SHUT_DOWN_PAIR =
      Verb.post(
              "/v1/pair/shutdown",
              Place.PRIMARY,
              Nothing.class,
              Done.class,
              "End both nodes, in sync; neither hands over to the other.")
          .changing("pair shutdown", Subject.NODE);

  /// All of them, in the order of the API's description.
  public static final List<Verb<?, ?>> ALL =
      List.of(
          STATUS,
          EVENTS,
          VOLUMES,
          CREATE_VOLUME,
          DELETE_VOLUME,
          RESIZE_VOLUME,
          RENAME_VOLUME,
          TAKE_SNAPSHOT,
          ROLL_BACK,
          EXPORTS,
          CREATE_EXPORT,
          CHANGE_EXPORT,
          DELETE_EXPORT,
          CONNECT_INFO,
          SESSIONS,
          JOBS,
          JOB,
          CANCEL_JOB,
          MIRRORS,
          PROMOTE,
          DEMOTE,
          DISCONNECT,
          CONNECT,
          ACCEPT_LOSS,
          AUDIT,
          STOP_NODE,
          SHUT_DOWN_PAIR);

  private Requests() {}

  private static Verb<MirrorCommand, Done> mirror(String word, String summary) {
    return Verb.post("/v1/mirror/" + word, Place.NAMED, MirrorCommand.class, Done.class, summary)
        .changing("mirror " + word, Subject.SIDE);
  }

  /// The verb that a request means.
  public static Optional<Verb<?, ?>> find(String method, String path) {
    return ALL.stream()
        .filter(verb -> verb.method().equals(method) && verb.match(path).isPresent())
        .findFirst();
  }

  /// The methods that `path` has, to tell "no such thing" from "not with that method".
  public static List<String> methods(String path) {
    return ALL.stream()
        .filter(verb -> verb.match(path).isPresent())
        .<String>map(Verb::method)
        .toList();
  }

  /// A body that says whom it is for; absent means whoever is asked.
  public interface Addressed {
    /// The node's name.
    @Nullable String node();
  }

  /// A body that says which mirror it means; absent means the one there is.
  public interface OfMirror {
    /// The mirror's name.
    @Nullable String mirror();

    /// The same, of the mirror of this name.
    OfMirror to(@Nullable String newMirror);
  }

  /// `POST /v1/volumes`.
  ///
  /// @param name `[a-z0-9][a-z0-9.-]*`, at most 63 characters
  /// @param sizeBytes rounded up to whole extents (4 MiB)
  /// @param mirror the mirror that is to hold it; absent: the one there is
  public record CreateVolume(
      @Nullable String name,
      @InRange(min = 1, max = SIZE_BYTES_MAX) @Nullable Long sizeBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror)
      implements OfMirror {
    /// On the mirror there is.
    public CreateVolume(@Nullable String name, @Nullable Long sizeBytes) {
      this(name, sizeBytes, null);
    }

    @Override
    public CreateVolume to(@Nullable String newMirror) {
      return new CreateVolume(name, sizeBytes, newMirror);
    }
  }

  /// `POST /v1/volumes/{name}/resize`.
  ///
  /// @param sizeBytes the new size
  /// @param shrink whether it may be smaller than now; absent means no
  public record ResizeVolume(
      @InRange(min = 1, max = SIZE_BYTES_MAX) @Nullable Long sizeBytes, @Nullable Boolean shrink) {}

  /// `POST /v1/volumes/{name}/rename`.
  public record RenameVolume(@Nullable String newName) {}

  /// `POST /v1/volumes/{name}/snapshots`.
  ///
  /// @param snapshot its name; as for a volume
  /// @param roomBytes how much of the volume may change before the snapshot is lost, rounded up to
  ///     whole extents; absent: a fifth of the volume
  public record TakeSnapshot(
      @Nullable String snapshot,
      @JsonInclude(JsonInclude.Include.NON_NULL) @InRange(min = 1, max = SIZE_BYTES_MAX)
          @Nullable Long roomBytes) {}

  /// `POST /v1/volumes/{name}/rollback`.
  ///
  /// @param snapshot the name of one of its snapshots
  public record RollBack(@Nullable String snapshot) {}

  /// `POST /v1/jobs/{name}/cancel`.
  ///
  /// @param mirror the mirror whose job it is; absent: the one that has it
  public record CancelJob(@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror)
      implements OfMirror {
    @Override
    public CancelJob to(@Nullable String newMirror) {
      return new CancelJob(newMirror);
    }
  }

  /// `POST /v1/exports`.
  ///
  /// @param volume the volume to export
  /// @param initiators who may log in; absent or empty: everybody, or whoever may use the target
  ///     already
  /// @param target the target in which it is offered, by the part of its name behind the pair's;
  ///     absent: as before, and one of its own for a volume that was never exported
  /// @param lun its number there; absent: as before, or the first that is free
  /// @param writeCache whether GOOD to a write may come before its data are stable; absent: as it
  ///     was, and on for a volume that was never exported
  /// @param exclusive whether the target is meant for one host at a time, so that an alert stands
  ///     while there are more; absent: no, or as it is said of the target already
  public record CreateExport(
      @Nullable String volume,
      @Nullable List<String> initiators,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String target,
      @JsonInclude(JsonInclude.Include.NON_NULL) @InRange(min = 0, max = LUN_MAX)
          @Nullable Integer lun,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean writeCache,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean exclusive) {
    /// In the target that it had, or one of its own.
    public static CreateExport of(String volume, List<String> initiators) {
      return new CreateExport(volume, initiators, null, null, null, null);
    }

    /// The same for the volume of another name.
    public CreateExport about(String newVolume) {
      return new CreateExport(newVolume, initiators, target, lun, writeCache, exclusive);
    }
  }

  /// `POST /v1/exports/{name}/change`.
  ///
  /// What is absent stays as it is. Who may log in, and whether one host alone, is said of the
  /// target: of all that is offered in it.
  ///
  /// @param writeCache as in [CreateExport]
  /// @param initiators who may log in from now on; empty: everybody
  /// @param exclusive as in [CreateExport]
  /// @param endSessions whether the sessions of all end who may not log in any more; without it the
  ///     change is refused while there are any
  /// @param endSessionsOf the initiators alone whose sessions may end: those that a person was
  ///     shown
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ChangeExport(
      @Nullable Boolean writeCache,
      @Nullable List<String> initiators,
      @Nullable Boolean exclusive,
      @Nullable Boolean endSessions,
      @Nullable List<String> endSessionsOf) {
    /// Its write cache alone.
    public static ChangeExport writeCache(boolean on) {
      return new ChangeExport(on, null, null, null, null);
    }

    /// Who may log in, and what becomes of the sessions of those who may not any more.
    public static ChangeExport initiators(List<String> names, boolean endSessions) {
      return new ChangeExport(null, names, null, endSessions, null);
    }

    /// Whether nothing is to be changed.
    public boolean changesNothing() {
      return writeCache == null && initiators == null && exclusive == null;
    }

    /// Whether it says that all sessions may end that would.
    public boolean endsSessions() {
      return Boolean.TRUE.equals(endSessions);
    }

    /// Whether it says that the sessions of this initiator may end.
    public boolean endsSessionsOf(String initiator) {
      return endsSessions() || (endSessionsOf != null && endSessionsOf.contains(initiator));
    }

    public ChangeExport ending(List<String> shown) {
      return new ChangeExport(writeCache, initiators, exclusive, null, shown);
    }
  }

  /// `POST /v1/node/stop`.
  ///
  /// @param handover whether a Primary hands over to a peer in sync first; absent means as the
  ///     configuration says
  /// @param afterPeer end when the other node has ended, not now; asked by the other node
  public record StopNode(@Nullable Boolean handover, @Nullable Boolean afterPeer) {
    public static StopNode following() {
      return new StopNode(false, true);
    }

    public boolean handsOver() {
      return !Boolean.FALSE.equals(handover);
    }

    public boolean follows() {
      return Boolean.TRUE.equals(afterPeer);
    }
  }

  /// `POST /v1/mirror/{promote|demote|disconnect|connect|accept-loss}`.
  ///
  /// @param node the node meant; absent: the one that is asked
  /// @param discardMyData with `connect` after a split brain: give up this node's changes
  /// @param force with `promote`: a disk too that is Outdated, or that has failed before, so that
  ///     something is known to be missing; with `disconnect`: also if the Secondary does not
  ///     confirm that it is Outdated
  /// @param mirror the mirror meant; absent: the one there is
  public record MirrorCommand(
      @Nullable String node,
      @Nullable Boolean discardMyData,
      @Nullable Boolean force,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror)
      implements Addressed, OfMirror {
    /// A command without options.
    public static MirrorCommand at(@Nullable String node) {
      return new MirrorCommand(node, null, null, null);
    }

    public static MirrorCommand discardingAt(@Nullable String node) {
      return new MirrorCommand(node, true, null, null);
    }

    public static MirrorCommand forcedAt(@Nullable String node) {
      return new MirrorCommand(node, null, true, null);
    }

    @Override
    public MirrorCommand to(@Nullable String newMirror) {
      return new MirrorCommand(node, discardMyData, force, newMirror);
    }

    public boolean discards() {
      return Boolean.TRUE.equals(discardMyData);
    }

    public boolean forces() {
      return Boolean.TRUE.equals(force);
    }
  }

  /// `GET /v1/audit`. What is absent limits nothing.
  ///
  /// @param node the node whose trail it is; absent: the one that is asked
  /// @param since changes at that time or later, milliseconds since 1970
  /// @param before changes before that time
  /// @param after changes with a higher number
  /// @param search a text that the line holds, whatever its case
  /// @param limit so many at most; absent: 100
  public record AuditQuery(
      @Nullable String node,
      @Nullable Long since,
      @Nullable Long before,
      @Nullable Long after,
      @Nullable String search,
      @InRange(min = 1, max = AUDIT_LINES_MAX) @Nullable Integer limit)
      implements Addressed {
    /// So many of the newest, of the node that is asked.
    public static AuditQuery newest(int limit) {
      return new AuditQuery(null, null, null, null, null, limit);
    }

    /// The same of a node's trail.
    public AuditQuery at(@Nullable String newNode) {
      return new AuditQuery(newNode, since, before, after, search, limit);
    }

    /// The same of what comes after a number.
    public AuditQuery behind(long number) {
      return new AuditQuery(node, since, before, number, search, limit);
    }

    /// How many are wanted.
    public int count() {
      return limit == null ? 100 : limit;
    }
  }
}
