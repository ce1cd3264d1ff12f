package io.lockstep.daemon;

import io.lockstep.block.BootClock;
import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.AuditTrail;
import io.lockstep.control.Dispatcher;
import io.lockstep.control.MirrorControl;
import io.lockstep.control.NodeControl;
import io.lockstep.control.PairPicture;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.audit.AuditFile;
import io.lockstep.control.verb.Answer;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.SessionView;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.node.NodeReport;
import io.lockstep.peers.ControlView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One node at work: its mirrors and its portals, what it knows of the other node, and the verbs of
/// the control API. Belongs to the control loop, as its verbs do; what its mirrors ask and tell
/// comes from their loops, and is answered from what any thread may read, or passed on to its own.
final class Node implements NodeControl, ServedMirror.Owner, PeerContact.Owner {
  private final RingLoop loop;
  private final DaemonConfig config;
  private final AuditFile audit;
  private final OtherNode otherNode;
  private final Dispatcher dispatcher = new Dispatcher(this);
  private final NodeEnd end;
  private final List<ServedMirror> mirrors = new ArrayList<>();
  private final List<Portal> portals = new CopyOnWriteArrayList<>();
  private volatile @Nullable PeerContact contact;
  private volatile Runnable statusListener = () -> {};
  private volatile Consumer<EventInfo> follower = _ -> {};

  /// From then on nothing is passed on to this loop.
  private volatile boolean sealed;

  Node(RingLoop loop, BootClock clock, DaemonConfig config) {
    this.loop = loop;
    this.config = config;
    this.audit =
        AuditFile.open(config.written().auditFile(), config.nodeName(), this::auditChanged);
    this.otherNode = new OtherNode(config.peer(), clock::nowNanos);
    this.end = new NodeEnd(loop, dispatcher, this::handingOver, config.handsOver());
    end.answer(dispatcher.handlers(), config.nodeName());
  }

  /// A mirror is open; it is started with the node.
  void add(ServedMirror mirror) {
    mirrors.add(mirror);
  }

  /// A portal listens.
  void add(Portal portal) {
    portals.add(portal);
    mirrors.forEach(mirror -> mirror.loop().execute(() -> mirror.attach(portal)));
  }

  /// The control connection can be made; it is, with the node's start.
  void add(PeerContact newContact) {
    contact = newContact;
  }

  private PeerContact contact() {
    return Check.present(contact, "the way to the other node");
  }

  @Override
  public Dispatcher dispatcher() {
    return dispatcher;
  }

  /// Looks for the other node. Called once, before any request.
  ///
  /// @param changed told of every change from now on; callable from any thread, as the next
  /// @param newFollower told of every event of a mirror
  void start(Runnable changed, Consumer<EventInfo> newFollower) {
    statusListener = changed;
    follower = newFollower;
    contact().start();
    mirrors.forEach(mirror -> mirror.loop().execute(mirror::start));
  }

  private void handingOver(String name, boolean now) {
    mirrors.stream()
        .filter(mirror -> mirror.name().equals(name))
        .forEach(mirror -> mirror.loop().execute(() -> mirror.handingOver(now)));
  }

  // --- its end ---

  void onStopWanted(Runnable processEnd) {
    end.processEnd(processEnd);
  }

  /// The orderly end has begun: from now on this node is not promoted.
  void ends() {
    end.announced();
  }

  /// The orderly end: hand over or step down, end the sessions, close the disks.
  void close(Runnable done) {
    end.begin(() -> closePortals(() -> closeMirrors(done)));
  }

  private void closePortals(Runnable done) {
    Runnable closed = onceAll(portals.size(), done);
    portals.forEach(portal -> portal.close(closed));
  }

  private void closeMirrors(Runnable done) {
    Runnable closed = onceAll(mirrors.size(), done);
    mirrors.forEach(
        mirror ->
            end.inTurn(mirror.name(), () -> mirror.loop().execute(() -> mirror.close(closed))));
  }

  /// Runs `done` on this loop after so many calls, from any thread.
  private Runnable onceAll(int count, Runnable done) {
    if (count == 0) {
      loop.execute(done);
    }
    int[] left = {count};
    return () ->
        execute(
            () -> {
              left[0]--;
              if (left[0] == 0) {
                done.run();
              }
            });
  }

  /// The other node and the mirrors say nothing more, so that this loop can be closed before
  /// theirs: a task for a loop that is closed would end the process as a bug. Waits; not called on
  /// a loop.
  ///
  /// - **Nothing that matters comes late.** The mirrors have stepped down, have flushed and have
  ///   closed their disks, their sessions have ended, and no answer is promised to anybody: the
  ///   control socket and the portals were closed first. What a mirror still says is a picture, an
  ///   event, or a question about a promotion that it would refuse.
  /// - **Nothing slips through.** A mirror's loop that saw the node open a moment ago is in a task,
  ///   which has put its work on this loop by the time that loop takes the empty one from here;
  ///   every later task sees the seal. What was put on this loop runs before it ends.
  /// - **A start that ended half way** is sealed as well: mirrors that were never started say
  ///   nothing, and without a contact there is nobody to take leave of.
  void seal() {
    PeerContact talking = contact;
    if (talking != null) {
      talking.end();
    }
    sealed = true;
    for (ServedMirror mirror : mirrors) {
      var silent = new CompletableFuture<Boolean>();
      mirror.loop().execute(() -> silent.complete(true));
      silent.join();
    }
  }

  /// Closes what is left after [#close]. Waits; not called on a loop.
  void closeRest() {
    mirrors.forEach(ServedMirror::end);
    audit.close();
  }

  @Override
  public void execute(Runnable work) {
    if (!sealed) {
      loop.execute(work);
    }
  }

  // --- what its mirrors ask and tell, on their loops ---

  @Override
  public List<SessionView> sessions() {
    return portals.stream().flatMap(portal -> portal.sessions().stream()).toList();
  }

  @Override
  public MirrorSketch.Heard heard(String mirror) {
    return otherNode.heard(mirror);
  }

  @Override
  public List<String> peerMirrors() {
    return otherNode.mirrors();
  }

  @Override
  public Set<HostPort> peerPortals() {
    return otherNode.portals();
  }

  @Override
  public void changed() {
    if (!sealed) {
      statusListener.run();
    }
  }

  @Override
  public void happened(EventInfo event) {
    if (!sealed) {
      follower.accept(event);
    }
  }

  @Override
  public void statusChanged(String mirror, MirrorStatus status) {
    execute(() -> end.statusChanged(mirror, status));
  }

  @Override
  public void askPeer(NodeIdentity mirror, Consumer<PeerInquiry.Answer> done) {
    execute(
        () ->
            dispatcher.ask(
                Requests.MIRRORS,
                new Verb.Nothing(),
                answer -> done.accept(PeerQuestion.read(answer, mirror, contact().muteAt()))));
  }

  @Override
  public void tells(String mirror, MirrorSketch sketch) {
    if (!sealed) {
      contact().report(mirror, sketch);
    }
  }

  @Override
  public void peerEnds() {
    execute(end::peerEnds);
  }

  @Override
  public void ifItStays(RingLoop asking, Runnable promote, Consumer<Answer> refused) {
    execute(
        () ->
            end.ifItStays(
                config.nodeName(),
                () -> asking.execute(promote),
                answer -> asking.execute(() -> refused.accept(answer))));
  }

  // --- what the other node says ---

  /// A node that does not say which mirror it tells of has one.
  @Override
  public void peerReported(NodeReport report) {
    otherNode.configured(report.mirrors());
    @Nullable String told = report.mirror();
    for (ServedMirror mirror : mirrors) {
      if (told == null || told.equals(mirror.name())) {
        otherNode.reported(mirror.name(), report);
        end.peerReported(mirror.name(), report);
        mirror.loop().execute(() -> mirror.peerReported(report));
      }
    }
    statusListener.run();
  }

  @Override
  public void peerSeen(ControlView view) {
    if (otherNode.seen(view)) {
      mirrors.forEach(mirror -> mirror.loop().execute(mirror::reportNow));
    }
    changed();
  }

  // --- what the control API asks ---

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public String nodeName() {
    return config.nodeName();
  }

  @Override
  public String peerName() {
    return config.peer().name();
  }

  @Override
  public List<MirrorControl> mirrors() {
    return List.copyOf(mirrors);
  }

  @Override
  public void picture(Consumer<PairPicture> done) {
    var sketches = new MirrorSketch[mirrors.size()];
    Runnable all =
        onceAll(
            sketches.length,
            () ->
                done.accept(new PairSketch(config, List.of(sketches), System.currentTimeMillis())));
    for (int index = 0; index < sketches.length; index++) {
      int place = index;
      ServedMirror mirror = mirrors.get(index);
      mirror
          .loop()
          .execute(
              () -> {
                sketches[place] = mirror.sketch();
                all.run();
              });
    }
  }

  @Override
  public Optional<String> auditFailure() {
    return audit.failure();
  }

  private void auditChanged() {
    changed();
    execute(() -> mirrors.forEach(mirror -> mirror.loop().execute(mirror::reportNow)));
  }

  @Override
  public AuditTrail audit() {
    return audit;
  }

  @Override
  public void forward(byte[] request, Consumer<Forwarded> done) {
    contact().ask(request, done);
  }
}
