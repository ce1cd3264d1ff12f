package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// The person at the pair: gives commands at good and at bad moments, in any order, and heals what
/// is wrong as docs/operations.md says ([Healing]). Remembers every command until it is answered;
/// each is answered once, or its node has died.
final class Operator {
  /// What a person may do in the middle of it all.
  enum Act {
    SWITCH,
    PROMOTE_SURVIVOR,
    PROMOTE_EARLY,
    PROMOTE_APART,
    PROMOTE_BESIDE,
    PROMOTE_BESIDE_FROZEN,
    PROMOTE_BOTH,
    PROMOTE_FORCE,
    DEMOTE,
    DISCONNECT,
    DISCONNECT_FORCE,
    CONNECT,
    DISCARD,
    DISCARD_UNASKED,
    REPLACE_DISK,
    RETURN_DISK,
    START,
    ACCEPT_LOSS,
    RESTART_FAILED
  }

  /// Longer than any node takes to see that the other is gone.
  private static final long NOTICE_NANOS = 6_000_000_000L;

  private static final long FROZEN_NANOS_MIN = 15_000_000_000L;
  private static final long FROZEN_NANOS_MAX = 60_000_000_000L;

  private final SimWorld world;
  private final SplittableRandom random;
  private final List<Open> open = new ArrayList<>();

  /// A person has demoted the only Primary, and promoted none since.
  private boolean nobody;

  /// @param life which life of its node was asked; a later one does not answer
  private record Open(String name, SimHost host, int life, long atNanos) {}

  Operator(SimWorld world, SplittableRandom random) {
    this.world = world;
    this.random = random;
  }

  /// Commands that living nodes have not answered.
  int openCommands() {
    open.removeIf(one -> !one.host.isAlive() || one.host.life() != one.life);
    return open.size();
  }

  boolean isWaitingFor(SimHost host) {
    openCommands();
    return open.stream().anyMatch(one -> one.host == host);
  }

  /// Whether a person wants that no node is Primary.
  boolean wantsNobody() {
    return nobody;
  }

  String openNames() {
    return open.toString();
  }

  void act(Act act) {
    SimHost host = world.host(random.nextInt(2));
    SimHost other = world.host(1 - host.id);
    switch (act) {
      case SWITCH -> {
        if (host.isOpen() && SimWorld.isInSync(host)) {
          promote(host, "switch", false);
        }
      }
      case PROMOTE_SURVIVOR -> {
        if (host.isOpen() && !other.isAlive() && hasNoticed(host)) {
          promote(host, "promote the survivor", false);
        }
      }
      case PROMOTE_EARLY -> {
        if (host.isOpen() && !other.isAlive()) {
          promote(host, "promote early", false);
        }
      }
      case PROMOTE_APART -> promoteApart(host, other, true);
      case PROMOTE_BESIDE -> promoteApart(host, other, false);
      case PROMOTE_BESIDE_FROZEN -> promoteBesideFrozen(host, other);
      case PROMOTE_BOTH -> promoteBoth(host, other);
      case PROMOTE_FORCE -> {
        if (host.isOpen() && !other.isServing()) {
          promote(host, "promote with force", true);
        }
      }
      case DEMOTE -> demote(host);
      case DISCONNECT -> {
        disconnect(host, false);
        if (random.nextInt(4) == 0) {
          disconnect(host, true); // Impatient.
        }
      }
      case DISCONNECT_FORCE -> disconnect(host, true);
      case CONNECT -> connect(host, false);
      case DISCARD -> {
        if (host.isOpen() && host.picture().splitBrain() && !host.isPrimary()) {
          connect(host, true);
        }
      }
      case DISCARD_UNASKED -> connect(host, true);
      case REPLACE_DISK -> replace(host, other);
      case RETURN_DISK -> returnOld(host, other);
      case START -> start(host);
      case ACCEPT_LOSS -> acceptLoss(host);
      case RESTART_FAILED -> restartFailed(host.hasFailed() ? host : other);
    }
  }

  /// The Primary has died: the person sees it, mostly waits until the survivor has seen it too, and
  /// promotes that one.
  void takeOver(SimHost survivor) {
    if (!survivor.isOpen()) {
      return;
    }
    boolean early = random.nextInt(4) == 0;
    if (!early) {
      world.runUntil(() -> !survivor.isOpen() || hasNoticed(survivor), NOTICE_NANOS);
    }
    if (survivor.isOpen()) {
      promote(survivor, early ? "promote early" : "promote the survivor", false);
    }
  }

  private static boolean hasNoticed(SimHost host) {
    return host.mirror().connectionState() == ConnectionState.CONNECTING;
  }

  /// The cable is cut, and with it every other way or not: the person promotes the other side too.
  private void promoteApart(SimHost host, SimHost other, boolean everyWay) {
    if (!host.isOpen() || host.isPrimary() || !other.isServing()) {
      return;
    }
    world.network().cut();
    world.network().cutInquiry(everyWay);
    world.runUntil(() -> !host.isOpen() || hasNoticed(host), NOTICE_NANOS);
    if (host.isOpen()) {
      promote(host, everyWay ? "promote apart" : "promote beside", false);
    }
  }

  /// The Primary stands still, and its machine takes connections: on every way, or on the link
  /// alone, or on the other ways alone. The person promotes the other node.
  private void promoteBesideFrozen(SimHost host, SimHost other) {
    long nanos = random.nextLong(FROZEN_NANOS_MIN, FROZEN_NANOS_MAX);
    if (!host.isOpen() || host.isPrimary() || !other.isServing() || !other.pause(nanos)) {
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> world.network().cut();
      default -> world.network().cutInquiry(true);
    }
    world.runUntil(() -> !host.isOpen() || hasNoticed(host), NOTICE_NANOS);
    world.runUntil(() -> !host.isOpen(), random.nextLong(NOTICE_NANOS));
    promote(host, "promote beside a frozen one", false);
  }

  /// Nobody is Primary, the cable and every other way are cut, and two people promote a node each.
  private void promoteBoth(SimHost host, SimHost other) {
    if (!SimWorld.isInSync(host) || !SimWorld.isInSync(other)) {
      return;
    }
    demote(host.isPrimary() ? host : other);
    world.runUntil(() -> openCommands() == 0, NOTICE_NANOS);
    world.network().cut();
    world.network().cutInquiry(true);
    for (SimHost one : world.hosts()) {
      world.runUntil(() -> !one.isOpen() || hasNoticed(one), NOTICE_NANOS);
      promote(one, "promote apart", false);
    }
  }

  // --- commands ---

  void promote(SimHost host, String name, boolean force) {
    if (host.isOpen()) {
      host.asked(true);
      nobody = false;
      host.forced(force);
      boolean beside = !host.isPrimary() && answersAsPrimary(host) && !isWaitingFor(host);
      boolean mute = !host.isPrimary() && !force && isMute(host) && !isWaitingFor(host);
      issue(
          host,
          name,
          done ->
              host.mirror()
                  .promote(
                      force,
                      result -> {
                        done.accept(result);
                        promoted(host, force, result);
                        Check.that(
                            !beside || force || !(host.isPrimary() && answersAsPrimary(host)),
                            "I9: promoted beside a Primary that says it is one");
                        Check.that(
                            !mute || !(host.isPrimary() && isMute(host)),
                            "I9: promoted beside a node that takes links and says nothing");
                      }));
    }
  }

  private boolean isPromoting(SimHost host) {
    return open.stream()
        .anyMatch(
            command ->
                command.host == host
                    && command.life == host.life()
                    && (command.name.startsWith("promote") || command.name.equals("switch")));
  }

  private void promoted(SimHost host, boolean force, CommandResult result) {
    if (force && result instanceof CommandResult.Done) {
      world.meeting().consented(1 - host.id, true);
    }
    if (result instanceof CommandResult.Refused && !host.isPrimary()) {
      host.asked(isPromoting(host)); // Another word may still stand.
    }
  }

  /// Whether the other node is Primary and says so when it is asked beside the link.
  private boolean answersAsPrimary(SimHost host) {
    SimHost other = world.host(1 - host.id);
    return !world.network().isInquiryCut() && other.isPrimary();
  }

  /// Whether the other node takes one link after the other, and says nothing.
  private boolean isMute(SimHost host) {
    return world.network().mutes().isMute(host.id);
  }

  void demote(SimHost host) {
    if (host.isOpen()) {
      host.demoted();
      boolean served = host.isPrimary();
      issue(
          host,
          "demote",
          done ->
              host.mirror()
                  .demote(
                      result -> {
                        done.accept(result);
                        SimHost other = world.host(1 - host.id);
                        nobody =
                            served
                                && result instanceof CommandResult.Done
                                && host.mirror().diskState() != DiskState.FAILED
                                && SimWorld.isInSync(other)
                                && !other.isPrimary()
                                && !isPromoting(host)
                                && !isPromoting(other);
                      }));
    }
  }

  void disconnect(SimHost host, boolean force) {
    if (host.isOpen()) {
      String name = force ? "disconnect with force" : "disconnect";
      boolean serves = host.isServing() && SimWorld.isInSync(host);
      SimHost other = world.host(1 - host.id);
      int life = other.life();
      issue(
          host,
          name,
          done ->
              host.mirror()
                  .disconnect(
                      force,
                      result -> {
                        boolean parted = serves && !force && result instanceof CommandResult.Done;
                        if (parted && other.isOpen() && other.life() == life) {
                          Check.that(
                              other.mirror().diskState() != DiskState.UP_TO_DATE,
                              "I6: disconnected, and the other node does not know that it ages");
                        }
                        done.accept(result);
                      }));
    }
  }

  void connect(SimHost host, boolean discard) {
    if (!host.isOpen()) {
      return;
    }
    issue(
        host,
        discard ? "connect and discard" : "connect",
        done ->
            host.mirror()
                .connect(
                    discard,
                    result -> {
                      if (result instanceof CommandResult.Done) { // Else an earlier word stands.
                        world.meeting().discards(host.id, discard);
                      }
                      done.accept(result);
                    }));
  }

  void acceptLoss(SimHost host) {
    if (!host.isOpen()) {
      return;
    }
    MirrorStatus.Unreadable lost = host.picture().unreadable();
    if (lost.blocks() > lost.firstOffsets().size()) {
      return; // More than is shown: the person would not know what.
    }
    for (long offset : lost.firstOffsets()) {
      world.promises().lossAccepted(offset, Bitmap.BLOCK_BYTES);
    }
    issue(host, "accept loss", host.mirror()::acceptLoss);
  }

  void start(SimHost host) {
    if (!host.isAlive() && host.canStart()) {
      world.restart(host);
    }
  }

  /// As docs/operations.md says: the other node has the data.
  /// What has made a disk fail is put right, and its node started again.
  private void restartFailed(SimHost host) {
    if (!host.hasFailed()) {
      return;
    }
    world.met().one("operator", "restarted a node whose disk had failed, in the middle of trouble");
    host.disk().media().unstick();
    host.disk().media().heal();
    world.crash(host, false);
    start(host);
  }

  private void replace(SimHost host, SimHost other) {
    if (!other.isOpen()) {
      return;
    }
    DiskState left = other.mirror().diskState();
    if (host.isPrimary() && left != DiskState.OUTDATED) {
      return;
    }
    ConnectionState state = other.mirror().connectionState();
    boolean meeting =
        left != DiskState.UP_TO_DATE
            && state != ConnectionState.CONNECTING
            && state != ConnectionState.STAND_ALONE;
    boolean isTarget = state == ConnectionState.WF_BITMAP_T;
    boolean writes = !other.isPrimary() && other.disk().inFlightCount() > 0;
    boolean holdsNote = writes || other.disk().media().isStuck(); // That it is Inconsistent.
    boolean isNone = left == DiskState.INCONSISTENT || left == DiskState.FAILED;
    if (isNone || isTarget || meeting || holdsNote) {
      return; // It has no whole copy, or may be about to give it up for the other's.
    }
    world.crash(host, true);
    if (host.canStart()) {
      world.met().one("operator", "replaced a disk while the other was " + left.label());
      world.replaceDisk(host);
    }
  }

  /// Somebody puts the disk back that was replaced. If the nodes do not meet, it is taken out again
  /// before anybody relies on it.
  private void returnOld(SimHost host, SimHost other) {
    boolean connected = SimWorld.isInSync(host) && SimWorld.isInSync(other);
    if (!connected || host.isPrimary() || !host.mayReturn(other)) {
      return;
    }
    world.crash(host, true);
    world.returnDisk(host);
    world.runUntil(() -> isBeingFilled(host), NOTICE_NANOS);
    boolean filled = isBeingFilled(host);
    world.met().one("operator", filled ? "put an old disk back" : "took an old disk out again");
    if (!filled) {
      world.crash(host, true);
      world.replaceDisk(host);
    }
  }

  private static boolean isBeingFilled(SimHost host) {
    return host.isOpen() && host.mirror().diskState() == DiskState.INCONSISTENT;
  }

  private void issue(SimHost host, String name, Consumer<Consumer<CommandResult>> call) {
    var command = new Open(name, host, host.life(), world.nowNanos());
    open.add(command);
    world.event(host.id, "command: %s", name);
    call.accept(
        result -> {
          Check.that(open.remove(command), "a command is answered once: " + name);
          boolean done = result instanceof CommandResult.Done;
          world.met().command(name, done ? "done" : "refused");
          world.event(host.id, "answer to %s: %s", name, result);
        });
  }
}
