package io.lockstep.daemon;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.control.Dispatcher;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.NodeReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a node ends on purpose, before anything of it is closed.
///
/// - **A Primary whose peer is in sync hands over first**: it asks the other node to be promoted,
///   which is the planned switch of [io.lockstep.mirror.Mirror#promote], and goes only after that
///   one has said that it serves, in a later term; hosts are told to try again meanwhile. If that
///   is not said within [#HANDOVER_NANOS_MAX], or is refused, it ends without.
/// - **The pair goes down in sync**: a Primary that is asked has the other node promise to follow,
///   and ends without handing over; the other one begins its end when this one has left a mirror in
///   order. If it is lost in another way, the other one stays: it may be needed. Each mirror ends
///   at its Primary first ([EndTurns]), so it does not matter which node serves which.
///
/// A node that ends, or has promised to follow, or whose machine is shutting down ([MachineEnd]),
/// is not promoted: so two that end do not play ping-pong. Belongs to the node's loop.
final class NodeEnd {
  /// How long the other node may take until it serves.
  static final long HANDOVER_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

  /// How long a node that has handed over still answers that it is on standby: a command that is
  /// answered goes to the other path at once, one whose connection ends waits for the initiator's
  /// timeout first.
  static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(2);

  /// How long a node that has promised to follow waits for the other one's end.
  static final long FOLLOW_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

  private static final String NOT_SHUT_DOWN = "The pair was not shut down";

  private static final Logger LOG = LoggerFactory.getLogger(NodeEnd.class);

  private final Loop loop;
  private final Dispatcher dispatcher;
  private final BiConsumer<String, Boolean> handingOver;

  /// What is known of each mirror, by its name.
  private final Map<String, MirrorStatus> mirrors = new LinkedHashMap<>();

  private final MachineEnd machine = new MachineEnd();
  private final EndTurns turns;
  private boolean handsOver;
  private Runnable processEnd = () -> {};
  private boolean begun;
  private boolean follows;

  /// Whether the process has been asked to end, by this or by a signal.
  private boolean ending;

  /// Whether the other node ends too.
  private boolean bothEnd;

  private @Nullable Handover handover;

  /// A handover under way.
  private static final class Handover {
    private final long sinceNanos;
    private final Runnable ended;

    /// The mirrors that the other node does not serve yet, with the term in which this one does.
    private final Map<String, Long> waiting;

    /// Whether it serves one by now.
    private boolean serves;

    private Loop.@Nullable Timer timer;

    Handover(long sinceNanos, Map<String, Long> waiting, Runnable ended) {
      this.sinceNanos = sinceNanos;
      this.waiting = waiting;
      this.ended = ended;
    }
  }

  /// @param handingOver told of a mirror, by its name, whether the other node is taking it over
  /// @param handsOver whether this node hands over when it ends
  NodeEnd(
      Loop loop,
      Dispatcher dispatcher,
      BiConsumer<String, Boolean> handingOver,
      boolean handsOver) {
    this.loop = loop;
    this.dispatcher = dispatcher;
    this.handingOver = handingOver;
    this.handsOver = handsOver;
    this.turns = new EndTurns(loop);
  }

  /// Who ends this process when the control API asks for it; runs on the loop, and returns at once.
  void processEnd(Runnable end) {
    processEnd = end;
  }

  /// Promotes this node, unless its end stands against it.
  ///
  /// @param promote runs in a later turn
  void ifItStays(String nodeName, Runnable promote, Consumer<Answer> refused) {
    String what = "Node " + nodeName + " was not promoted";
    machine.ask(
        loop,
        machineEnds -> {
          if (begun || follows || ending) {
            String action = "start it again, or promote the other node";
            refused.accept(Answer.refused(what, "it is shutting down", action));
          } else if (machineEnds.isPresent()) {
            String why = "its machine is shutting down, says " + machineEnds.get();
            String action = "promote the other node, or wait until this machine is up again";
            refused.accept(Answer.refused(what, why, action));
          } else {
            promote.run();
          }
        });
  }

  /// The process has been told to end, and soon this will [#begin].
  void announced() {
    ending = true;
  }

  /// The end begins.
  ///
  /// @param ended nothing more is to be waited for: close
  void begin(Runnable ended) {
    Check.that(!begun, "a node ends once");
    begun = true;
    var waiting = new LinkedHashMap<String, Long>();
    mirrors.forEach(
        (name, now) -> {
          if (handsOver && now.role() == Role.PRIMARY && isPeerInSync(now)) {
            waiting.put(name, now.term());
          }
        });
    if (waiting.isEmpty()) {
      ended.run();
      return;
    }
    LOG.info("this node hands {} over to the other node before it ends", waiting.keySet());
    var begins = new Handover(loop.nowNanos(), waiting, ended);
    handover = begins;
    begins.timer =
        loop.schedule(() -> over("it has not said in time that it serves"), HANDOVER_NANOS_MAX);
    for (String name : List.copyOf(waiting.keySet())) {
      handingOver.accept(name, true);
      dispatcher.ask(
          Requests.PROMOTE,
          Requests.MirrorCommand.at(null).to(name),
          answer -> {
            if (answer instanceof Answer.Bad(int _, Refusal refusal)) {
              over(name, refusal.sentence());
            }
          });
    }
  }

  /// Ends a mirror when it is its turn: now, unless both nodes end and the other one is its
  /// Primary.
  void inTurn(String mirror, Runnable endMirror) {
    MirrorStatus now = mirrors.get(mirror);
    if (bothEnd && now != null && isPeerPrimary(now) && now.role() != Role.PRIMARY) {
      turns.afterPrimary(mirror, endMirror);
    } else {
      endMirror.run();
    }
  }

  private static boolean isPeerPrimary(MirrorStatus now) {
    return now.peerRole().equals(Optional.of(Role.PRIMARY));
  }

  private static boolean isPeerInSync(MirrorStatus now) {
    return now.connectionState() == ConnectionState.CONNECTED
        && now.peerDiskState() == DiskState.UP_TO_DATE;
  }

  /// The other node has told about itself and a mirror.
  void peerReported(String mirror, NodeReport report) {
    Handover now = handover;
    @Nullable Long term = now == null ? null : now.waiting.get(mirror);
    boolean serves = report.primary() != null && report.node().role().equals(Role.PRIMARY.label());
    if (term != null && serves && report.node().term() > term) {
      over(mirror, "");
    }
  }

  /// The handover of a mirror has ended.
  private void over(String mirror, String whyNot) {
    Handover now = handover;
    if (now == null || now.waiting.remove(mirror) == null) {
      return;
    }
    handingOver.accept(mirror, false);
    if (whyNot.isEmpty()) {
      now.serves = true;
      long millis = TimeUnit.NANOSECONDS.toMillis(loop.nowNanos() - now.sinceNanos);
      LOG.info("the other node serves {}, after {} ms", mirror, millis);
    } else {
      LOG.warn("the other node did not take over {}; ending without: {}", mirror, whyNot);
    }
    if (now.waiting.isEmpty()) {
      handover = null;
      if (now.timer != null) {
        now.timer.cancel();
      }
      if (now.serves) {
        loop.schedule(now.ended, FAREWELL_NANOS);
      } else {
        now.ended.run();
      }
    }
  }

  /// The handover of all mirrors has ended.
  private void over(String whyNot) {
    Handover now = handover;
    if (now != null) {
      List.copyOf(now.waiting.keySet()).forEach(mirror -> over(mirror, whyNot));
    }
  }

  /// The other node leaves in order.
  void peerEnds() {
    if (follows && !begun) {
      bothEnd = true;
      stopHere(false);
    }
  }

  /// A mirror's state may have changed.
  void statusChanged(String mirror, MirrorStatus status) {
    mirrors.put(mirror, status);
    if (status.peerRole().isEmpty()) {
      turns.peerHasLeft(mirror);
    }
    if (follows && !begun && !ending && status.peerRole().isEmpty()) {
      follows = false;
      LOG.warn("the other node is lost, and has not ended in order; this one goes on");
    }
  }

  // --- what the control API asks ---

  /// Takes over the verbs that end nodes.
  void answer(Handlers on, String nodeName) {
    on.on(Requests.STOP_NODE, (_, body, done) -> stop(nodeName, body, done))
        .on(Requests.SHUT_DOWN_PAIR, (_, _, done) -> shutDownPair(done));
  }

  /// Ends this node.
  private void stop(String nodeName, Requests.StopNode request, Consumer<Answer> done) {
    if (request.follows()) {
      follows = true;
      loop.schedule(this::followedTooLong, FOLLOW_NANOS_MAX);
      done.accept(Answer.ok(new Done("Node " + nodeName + " will end after the other one.")));
      return;
    }
    done.accept(Answer.ok(new Done("Node " + nodeName + " is ending.")));
    stopHere(handsOver && request.handsOver());
  }

  private void followedTooLong() {
    if (follows && !begun) {
      follows = false;
      LOG.warn("the other node has not ended; this one goes on");
    }
  }

  /// Ends both, in sync. Asked of a node that is Primary of a mirror: the other one follows when it
  /// has seen that one end.
  private void shutDownPair(Consumer<Answer> done) {
    List<String> apart =
        mirrors.entrySet().stream()
            .filter(mirror -> !isInSync(mirror.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    if (!apart.isEmpty()) {
      String of = mirrors.size() == 1 ? "" : " of mirror " + String.join(" and ", apart);
      done.accept(notShutDown("the nodes" + of + " are not connected and in sync"));
      return;
    }
    dispatcher.ask(
        Requests.STOP_NODE,
        Requests.StopNode.following(),
        answer -> {
          switch (answer) {
            case Answer.Bad(int _, Refusal refusal) ->
                done.accept(Answer.unavailable(NOT_SHUT_DOWN, refusal.sentence(), "try again"));
            case Answer.Good _ -> bothEnd(done);
          }
        });
  }

  /// The other node has promised to follow, and is promoted for nothing from then on.
  private void bothEnd(Consumer<Answer> done) {
    if (mirrors.values().stream().noneMatch(now -> now.role() == Role.PRIMARY)) {
      done.accept(notShutDown("this node has just become Secondary"));
      return;
    }
    done.accept(Answer.ok(new Done("Both nodes are ending, in sync.")));
    bothEnd = true;
    stopHere(false);
  }

  private static Answer notShutDown(String why) {
    String action = "wait until they are connected and in sync, or end each one by itself";
    return Answer.refused(NOT_SHUT_DOWN, why, action);
  }

  /// Whether both copies of a mirror are the same and whole. A Primary's own failed disk is no
  /// reason to go on: nothing is acknowledged by it.
  private static boolean isInSync(MirrorStatus now) {
    boolean ownIsWhole = now.role() == Role.PRIMARY || now.diskState() == DiskState.UP_TO_DATE;
    boolean peerIsWhole = isPeerPrimary(now) || now.peerDiskState() == DiskState.UP_TO_DATE;
    return now.connectionState() == ConnectionState.CONNECTED && ownIsWhole && peerIsWhole;
  }

  /// Ends the process, if it does not end already.
  private void stopHere(boolean handingOver) {
    if (!ending) {
      ending = true;
      handsOver = handingOver;
      processEnd.run();
    }
  }
}
