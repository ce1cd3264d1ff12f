package io.lockstep.iscsi.session;

import io.lockstep.iscsi.login.KeyNegotiation;
import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.login.KeyText.Pair;
import io.lockstep.iscsi.login.LoginStage;
import io.lockstep.iscsi.login.TextKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One text negotiation of the full feature phase (RFC 7143 6.4): gathers what the initiator says
/// over requests with the C bit, finds the answer, hands it out in pieces the initiator can take.
///
/// `SendTargets` (RFC 7143 appendix C) is answered with what the portal lists; of all other keys
/// only MaxRecvDataSegmentLength may change here.
final class TextExchange {
  /// Longest text gathered over requests with the C bit.
  private static final int TEXT_BYTES_MAX = 16 << 10;

  private final Function<String, Optional<List<DiscoveredTarget>>> targets;
  private final KeyNegotiation keys = new KeyNegotiation();
  private final ByteBuffer gathered = ByteBuffer.allocate(TEXT_BYTES_MAX);
  private ByteBuffer answer = ByteBuffer.allocate(0);
  private boolean concluded;

  /// @param targets what a value of SendTargets stands for; empty: it may not be asked here
  TextExchange(Function<String, Optional<List<DiscoveredTarget>>> targets) {
    this.targets = targets;
  }

  /// Takes the text of one request; false if there is too much of it.
  boolean gather(ByteBuffer data) {
    if (data.hasRemaining() && (concluded || data.remaining() > gathered.remaining())) {
      return false;
    }
    gathered.put(data.duplicate());
    return true;
  }

  /// Finds the answer to all that was gathered.
  ///
  /// @return what breaks the protocol, as a sentence; empty if nothing does
  Optional<String> conclude() {
    concluded = true;
    gathered.flip();
    Optional<List<Pair>> pairs = KeyText.parse(gathered);
    if (pairs.isEmpty()) {
      return Optional.of("the text keys are malformed or too many");
    }
    StringBuilder text = new StringBuilder();
    List<Pair> others = new ArrayList<>();
    for (Pair pair : pairs.get()) {
      if (pair.key().equals(TextKey.SEND_TARGETS.keyName())) {
        targets
            .apply(pair.value())
            .ifPresentOrElse(
                found -> appendTargets(found, text),
                () -> KeyText.append(text, pair.key(), KeyNegotiation.REJECT));
      } else {
        others.add(pair);
      }
    }
    Optional<String> fault = keys.take(others, LoginStage.FULL_FEATURE, text);
    answer = KeyText.bytes(text);
    return fault;
  }

  /// Whether the answer was found; what follows only fetches its pieces.
  boolean isConcluded() {
    return concluded;
  }

  private static void appendTargets(List<DiscoveredTarget> found, StringBuilder text) {
    for (DiscoveredTarget target : found) {
      KeyText.append(text, TextKey.TARGET_NAME.keyName(), target.name());
      for (String address : target.addresses()) {
        KeyText.append(text, TextKey.TARGET_ADDRESS.keyName(), address);
      }
    }
  }

  /// The new limit of the initiator's data segments, if it said one.
  Optional<Integer> newDataSegmentBytesMax() {
    return keys.has(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH)
        ? Optional.of(keys.number(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH))
        : Optional.empty();
  }

  /// The next piece of the answer.
  ByteBuffer nextPiece(int bytesMax) {
    int length = Math.min(bytesMax, answer.remaining());
    ByteBuffer piece = answer.slice(answer.position(), length);
    answer.position(answer.position() + length);
    return piece;
  }

  boolean hasMore() {
    return answer.hasRemaining();
  }
}
