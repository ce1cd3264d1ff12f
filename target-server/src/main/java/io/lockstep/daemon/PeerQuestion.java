package io.lockstep.daemon;

import io.lockstep.block.Loop;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.verb.Answer;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.state.NodeIdentity;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the other node whether it serves on every way there is, at once: over the control
/// connection, and at its portals, which hosts reach although the nodes do not reach each other.
/// The first answer counts, since either way it is the other node's own. Who takes a question or a
/// call and says nothing is mute, not gone. Belongs to the mirror's loop.
final class PeerQuestion {
  private static final Logger LOG = LoggerFactory.getLogger(PeerQuestion.class);
  private static final String WHERE = "the control connection";
  private static final String IN_WORDS = " (the control connection)";
  private static final int WAYS = 2;

  /// The portals have answered or failed by then, and the mirror waits longer.
  private static final long ALL_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(4_500);

  private final Loop loop;
  private final PeerInquiry contact;
  private final PeerInquiry portals;

  /// @param contact asks over the control connection; its answer may come on any loop
  /// @param portals asks at the portals
  PeerQuestion(Loop loop, PeerInquiry contact, PeerInquiry portals) {
    this.loop = loop;
    this.contact = contact;
    this.portals = portals;
  }

  /// As [PeerInquiry#ask].
  void ask(NodeIdentity mirror, Consumer<PeerInquiry.Answer> done) {
    Round round = new Round(done);
    portals.ask(mirror, round::heard);
    contact.ask(mirror, answer -> loop.execute(() -> round.heardOverContact(answer)));
  }

  /// What the other node says of its own side of a mirror, when it was asked for
  /// [io.lockstep.control.api.Requests#MIRRORS].
  ///
  /// @param muteAt where it takes calls and says nothing, if it does
  static PeerInquiry.Answer read(Answer answer, NodeIdentity mirror, Optional<String> muteAt) {
    String mirrorId = mirror.mirrorId().toString();
    int peerId = 1 - mirror.nodeId();
    Optional<SideStatus> side = Optional.empty();
    if (answer instanceof Answer.Good(int _, Answer.RawJson(String json))) {
      try {
        side =
            Arrays.stream(Json.read(json.getBytes(StandardCharsets.UTF_8), MirrorInfo[].class))
                .filter(one -> one.mirrorId().equals(mirrorId) && one.sides().size() == 2)
                .map(one -> one.sides().get(peerId))
                .findFirst();
      } catch (Json.BadJsonException e) {
        LOG.warn("the other node's answer cannot be read", e);
      }
    }
    return side.map(PeerQuestion::said)
        .orElseGet(
            () ->
                muteAt
                    .<PeerInquiry.Answer>map(at -> new PeerInquiry.Answer.Mute(at + IN_WORDS))
                    .orElseGet(PeerInquiry.Answer.Silent::new));
  }

  private static PeerInquiry.Answer said(SideStatus side) {
    LOG.info("the other node answers on the control connection: it is {}", side.role());
    return side.serves()
        ? new PeerInquiry.Answer.Primary(WHERE, side.history().term())
        : new PeerInquiry.Answer.NotPrimary(WHERE);
  }

  /// One question on both ways. It ends with the first word of the other node, with the second
  /// silence, or in time.
  private final class Round {
    private final Loop.Timer deadline;
    private @Nullable Consumer<PeerInquiry.Answer> done;
    private int silences;
    private boolean contactHasAnswered;
    private PeerInquiry.Answer silence = new PeerInquiry.Answer.Silent();

    Round(Consumer<PeerInquiry.Answer> done) {
      this.done = done;
      this.deadline = loop.schedule(this::late, ALL_NANOS_MAX);
    }

    /// What was asked on a connection that stands, and is not answered, was taken.
    private void late() {
      boolean taken = !contactHasAnswered && silence instanceof PeerInquiry.Answer.Silent;
      end(taken ? new PeerInquiry.Answer.Mute(WHERE) : silence);
    }

    void heardOverContact(PeerInquiry.Answer answer) {
      contactHasAnswered = true;
      heard(answer);
    }

    void heard(PeerInquiry.Answer answer) {
      switch (answer) {
        case PeerInquiry.Answer.Primary _, PeerInquiry.Answer.NotPrimary _ -> end(answer);
        case PeerInquiry.Answer.Mute _ -> {
          silence = answer;
          silent();
        }
        case PeerInquiry.Answer.Silent _ -> silent();
      }
    }

    private void silent() {
      silences++;
      if (silences == WAYS) {
        end(silence);
      }
    }

    private void end(PeerInquiry.Answer answer) {
      Consumer<PeerInquiry.Answer> asker = done;
      if (asker != null) {
        done = null;
        deadline.cancel();
        loop.execute(() -> asker.accept(answer));
      }
    }
  }
}
