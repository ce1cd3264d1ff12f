package io.lockstep.nbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockLimits;
import io.lockstep.nbd.wire.ExportNameReply;
import io.lockstep.nbd.wire.Greeting;
import io.lockstep.nbd.wire.HandshakeFault;
import io.lockstep.nbd.wire.InfoType;
import io.lockstep.nbd.wire.Option;
import io.lockstep.nbd.wire.OptionError;
import io.lockstep.nbd.wire.OptionReply;
import io.lockstep.nbd.wire.TransmissionFlag;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What each option is answered in each state of a handshake.
@Tag("unit")
class NbdHandshakeTest {
  private static final int FIXED_NO_ZEROES = 3;
  private static final String CHANGED = "lockstep:changed-since:monday";
  private static final ExportFacts DISK = facts("disk", "a disk", 512, false);
  private static final ExportFacts LARGE = facts("large", "", 4096, true);
  private static final Set<InfoType> ALL = EnumSet.allOf(InfoType.class);

  private final Client client = new Client();

  @Test
  void aClientIsGreetedAndTakesAnExport() {
    Handshake handshake = client.fixed(TlsMode.NONE);
    client.expect(Greeting.bytes());
    assertThat(handshake.option(new Option.StructuredReply())).isTrue();
    client.expect(new OptionReply.Ack().bytes(8));
    assertThat(handshake.option(new Option.Go("disk", ALL))).isFalse();
    client.expect(
        new OptionReply.InfoExport(DISK.sizeBytes(), DISK.transmissionFlags(true)).bytes(7),
        new OptionReply.InfoName("disk").bytes(7),
        new OptionReply.InfoDescription("a disk").bytes(7),
        new OptionReply.InfoBlockSize(DISK.sizes()).bytes(7),
        new OptionReply.Ack().bytes(7));
    assertThat(client.heard).containsExactly(new Agreed(DISK, true, List.of()));
    assertThat(handshake.option(new Option.ListExports())).isFalse();
    client.expect();
  }

  @Test
  void flagsSayWhatTheExportCan() {
    assertThat(DISK.flags())
        .containsExactlyInAnyOrder(
            TransmissionFlag.HAS_FLAGS,
            TransmissionFlag.SEND_FLUSH,
            TransmissionFlag.SEND_FUA,
            TransmissionFlag.SEND_CACHE,
            TransmissionFlag.CAN_MULTI_CONN,
            TransmissionFlag.SEND_TRIM,
            TransmissionFlag.SEND_WRITE_ZEROES,
            TransmissionFlag.SEND_FAST_ZERO);
    assertThat(LARGE.flags())
        .contains(TransmissionFlag.READ_ONLY)
        .doesNotContain(TransmissionFlag.SEND_TRIM, TransmissionFlag.SEND_WRITE_ZEROES);
    assertThat(TransmissionFlag.SEND_DF.isIn(DISK.transmissionFlags(false))).isFalse();
    assertThat(TransmissionFlag.SEND_DF.isIn(DISK.transmissionFlags(true))).isTrue();
  }

  @Test
  void informationIsAnsweredAndTheHagglingGoesOn() {
    Handshake handshake = client.begun(TlsMode.NONE);
    assertThat(handshake.option(new Option.Info("disk", Set.of()))).isTrue();
    client.expect(
        new OptionReply.InfoExport(DISK.sizeBytes(), DISK.transmissionFlags(false)).bytes(6),
        new OptionReply.Ack().bytes(6));
    assertThat(handshake.option(new Option.Info("none", ALL))).isTrue();
    client.expect(refused(6, OptionError.UNKNOWN, "no such export"));
    assertThat(client.heard).containsExactly("refused none: no such export");
    assertThat(handshake.option(new Option.ListExports())).isTrue();
    client.expect(
        new OptionReply.Server("disk", "a disk").bytes(3),
        new OptionReply.Server("large", "").bytes(3),
        new OptionReply.Ack().bytes(3));
  }

  @Test
  void anExportThatIsRefusedIsNoEnd() {
    Handshake handshake = client.begun(TlsMode.NONE);
    assertThat(handshake.option(new Option.Go("none", ALL))).isTrue();
    client.expect(refused(7, OptionError.UNKNOWN, "no such export"));
    assertThat(handshake.option(new Option.Go("disk", Set.of()))).isFalse();
    assertThat(client.heard).last().isEqualTo(new Agreed(DISK, false, List.of()));
  }

  @Test
  void whoeverDoesNotAskForLargeBlocksDoesNotGetThem() {
    Handshake handshake = client.begun(TlsMode.NONE);
    assertThat(handshake.option(new Option.Go("large", Set.of()))).isTrue();
    client.expect(
        refused(
            7, OptionError.BLOCK_SIZE_REQD, "this export has blocks of 4096 bytes: ask for them"));
    assertThat(handshake.option(new Option.Info("large", Set.of()))).isTrue();
    client.sent.clear();
    assertThat(handshake.option(new Option.Go("large", Set.of(InfoType.BLOCK_SIZE)))).isFalse();
    assertThat(client.heard).containsExactly(new Agreed(LARGE, false, List.of()));
  }

  @Test
  void exportNameHasAnAnswerOfItsOwn() {
    Handshake handshake = client.begun(TlsMode.NONE);
    assertThat(handshake.option(new Option.ExportName("disk"))).isFalse();
    int flags = DISK.transmissionFlags(false);
    client.expect(new ExportNameReply(DISK.sizeBytes(), flags, false).bytes());
    Client old = new Client();
    Handshake unfixed = old.begun(TlsMode.NONE, 0);
    assertThat(unfixed.option(new Option.ExportName("disk"))).isFalse();
    old.expect(new ExportNameReply(DISK.sizeBytes(), flags, true).bytes());
    assertThat(old.heard).containsExactly(new Agreed(DISK, false, List.of()));
    Client wrong = new Client();
    assertThat(wrong.begun(TlsMode.NONE).option(new Option.ExportName("none"))).isFalse();
    wrong.expect();
    assertThat(wrong.heard).containsExactly("refused none: no such export", "close no such export");
  }

  @Test
  void aClientThatDoesNotKnowTheFixedNewstyleCannotHaggle() {
    assertThat(client.begun(TlsMode.NONE, 0).option(new Option.ListExports())).isFalse();
    client.expect();
    assertThat(client.heard)
        .containsExactly("close the client haggles, but does not know the fixed newstyle");
  }

  @Test
  void unknownClientFlagsEndTheConnection() {
    Handshake handshake = new Handshake(TlsMode.NONE, new Exports(), client);
    handshake.begin();
    assertThat(handshake.clientFlags(4)).isFalse();
    assertThat(client.heard).containsExactly("close the client sets flags that were not offered");
  }

  @Test
  void forcedTlsComesBeforeEverything() {
    Handshake handshake = client.begun(TlsMode.FORCED);
    for (Option option : everyOption()) {
      boolean allowed = option instanceof Option.Abort || option instanceof Option.StartTls;
      if (!allowed && !(option instanceof Option.ExportName)) {
        assertThat(handshake.option(option)).isTrue();
        client.expect(refused(option.code(), OptionError.TLS_REQD, "begin TLS first"));
      }
    }
    assertThat(client.heard).isEmpty();
    assertThat(handshake.option(new Option.StartTls())).isFalse();
    client.expect(new OptionReply.Ack().bytes(5));
    assertThat(client.heard).containsExactly("tls");
    handshake.secured();
    assertThat(handshake.option(new Option.StartTls())).isTrue();
    client.expect(refused(5, OptionError.INVALID, "TLS has begun already"));
    assertThat(handshake.option(new Option.Go("disk", Set.of()))).isFalse();
    assertThat(client.heard).last().isEqualTo(new Agreed(DISK, false, List.of()));
  }

  @Test
  void forcedTlsEndsWhoeverTakesAnExportWithout() {
    assertThat(client.begun(TlsMode.FORCED).option(new Option.ExportName("disk"))).isFalse();
    client.expect();
    assertThat(client.heard).hasSize(1).first().asString().startsWith("close ");
    Client other = new Client();
    assertThat(other.begun(TlsMode.FORCED).option(new Option.TooLong(1))).isFalse();
    assertThat(other.heard).hasSize(1);
  }

  @Test
  void whatWasAgreedOnBeforeTlsIsForgotten() {
    Handshake handshake = client.begun(TlsMode.OFFERED);
    handshake.option(new Option.StructuredReply());
    handshake.option(new Option.SetMetaContext("disk", List.of("base:allocation")));
    handshake.option(new Option.StartTls());
    handshake.secured();
    client.sent.clear();
    assertThat(handshake.option(new Option.ListMetaContext("disk", List.of()))).isTrue();
    client.expect(refused(9, OptionError.INVALID, "agree on structured replies first"));
    handshake.option(new Option.StructuredReply());
    handshake.option(new Option.Go("disk", Set.of()));
    assertThat(client.heard).last().isEqualTo(new Agreed(DISK, true, List.of()));
  }

  @Test
  void withoutTlsItIsRefused() {
    assertThat(client.begun(TlsMode.NONE).option(new Option.StartTls())).isTrue();
    client.expect(refused(5, OptionError.POLICY, "there is no TLS here"));
  }

  @Test
  void contextsAreListedAndChosen() {
    Handshake handshake = client.begun(TlsMode.NONE);
    handshake.option(new Option.StructuredReply());
    client.sent.clear();
    handshake.option(new Option.ListMetaContext("disk", List.of()));
    client.expect(
        new OptionReply.MetaContext(0, "base:allocation").bytes(9),
        new OptionReply.MetaContext(0, CHANGED).bytes(9),
        new OptionReply.Ack().bytes(9));
    handshake.option(new Option.ListMetaContext("disk", List.of("lockstep:", "x")));
    client.expect(new OptionReply.MetaContext(0, CHANGED).bytes(9), new OptionReply.Ack().bytes(9));
    handshake.option(new Option.SetMetaContext("disk", List.of("base:", CHANGED)));
    client.expect(
        new OptionReply.MetaContext(1, CHANGED).bytes(10), new OptionReply.Ack().bytes(10));
    handshake.option(new Option.Go("disk", Set.of()));
    assertThat(client.heard).containsExactly(new Agreed(DISK, true, List.of(CHANGED)));
  }

  @Test
  void contextsOfAnotherExportAreNotThoseOfThisOne() {
    Handshake handshake = client.begun(TlsMode.NONE);
    handshake.option(new Option.StructuredReply());
    handshake.option(new Option.SetMetaContext("disk", List.of(CHANGED)));
    handshake.option(new Option.Go("large", ALL));
    assertThat(client.heard).containsExactly(new Agreed(LARGE, true, List.of()));
  }

  @Test
  void aChoiceThatFailsLeavesNone() {
    Handshake handshake = client.begun(TlsMode.NONE);
    handshake.option(new Option.StructuredReply());
    handshake.option(new Option.SetMetaContext("disk", List.of(CHANGED)));
    handshake.option(new Option.SetMetaContext("none", List.of(CHANGED)));
    handshake.option(new Option.Go("disk", ALL));
    assertThat(client.heard).last().isEqualTo(new Agreed(DISK, true, List.of()));
  }

  @Test
  void soManyContextsCanBeChosen() {
    List<String> many = new ArrayList<>();
    for (int index = 0; index < 2 * ContextQueries.CHOSEN_MAX; index++) {
      many.add("x:" + index);
    }
    assertThat(ContextQueries.choose(many, many)).hasSize(16);
    assertThat(ContextQueries.list(many, List.of("x:"))).isEqualTo(many);
  }

  @Test
  void whatIsNotUnderstoodIsRefusedAndTheHagglingGoesOn() {
    Handshake handshake = client.begun(TlsMode.NONE);
    assertThat(handshake.option(new Option.Unknown(11))).isTrue();
    client.expect(refused(11, OptionError.UNSUP, "this option is not known here"));
    assertThat(handshake.option(new Option.TooLong(7))).isTrue();
    client.expect(refused(7, OptionError.TOO_BIG, "this option is too long"));
    assertThat(handshake.option(new Option.Malformed(7, "bad"))).isTrue();
    client.expect(refused(7, OptionError.INVALID, "bad"));
  }

  @Test
  void anAbortIsAnsweredAndEndsIt() {
    assertThat(client.begun(TlsMode.FORCED).option(new Option.Abort())).isFalse();
    client.expect(new OptionReply.Ack().bytes(2));
    assertThat(client.heard).containsExactly("close the client went without taking an export");
  }

  @Test
  void aServerThatGoesSaysSo() {
    Handshake handshake = client.begun(TlsMode.NONE);
    handshake.shutDown();
    assertThat(handshake.option(new Option.Go("disk", ALL))).isTrue();
    client.expect(refused(7, OptionError.SHUTDOWN, "this server is going"));
    assertThat(handshake.option(new Option.Abort())).isFalse();
    client.expect(new OptionReply.Ack().bytes(2));
  }

  @Test
  void nobodyHagglesForEver() {
    Handshake handshake = client.begun(TlsMode.NONE);
    for (int count = 0; count < Handshake.OPTIONS_MAX; count++) {
      assertThat(handshake.option(new Option.Unknown(99))).isTrue();
    }
    assertThat(handshake.option(new Option.Unknown(99))).isFalse();
    assertThat(client.heard).containsExactly("close the client haggles for ever");
  }

  @Test
  void brokenBytesEndIt() {
    client.begun(TlsMode.NONE).broken(HandshakeFault.NO_OPTION_MAGIC);
    assertThat(client.heard).containsExactly("close an option does not begin with IHAVEOPT");
  }

  private static List<Option> everyOption() {
    return List.of(
        new Option.ExportName("disk"),
        new Option.Abort(),
        new Option.ListExports(),
        new Option.StartTls(),
        new Option.Info("disk", ALL),
        new Option.Go("disk", ALL),
        new Option.StructuredReply(),
        new Option.ListMetaContext("disk", List.of()),
        new Option.SetMetaContext("disk", List.of()),
        new Option.Unknown(11),
        new Option.Malformed(7, "bad"),
        new Option.TooLong(7));
  }

  private static ByteBuffer refused(int code, OptionError error, String why) {
    return new OptionReply.Refused(error, why).bytes(code);
  }

  private static ExportFacts facts(
      String name, String description, int blockBytes, boolean readOnly) {
    BlockLimits limits = new BlockLimits(1 << 30, blockBytes, 4096, 1 << 20, 1, true, true);
    List<String> contexts = List.of("base:allocation", CHANGED);
    return ExportFacts.of(name, description, limits, readOnly, contexts);
  }

  /// Two exports.
  private static final class Exports implements ExportLookup {
    @Override
    public Listing list() {
      return new Listing.Exports(List.of(new Listed("disk", "a disk"), new Listed("large", "")));
    }

    @Override
    public Found find(String name) {
      return switch (name) {
        case "disk" -> new Found.Serves(DISK);
        case "large" -> new Found.Serves(LARGE);
        default -> new Found.Refused(OptionError.UNKNOWN, "no such export");
      };
    }
  }

  /// The connection of a handshake.
  private static final class Client implements HandshakeOutput {
    private final List<ByteBuffer> sent = new ArrayList<>();
    private final List<Object> heard = new ArrayList<>();

    private Handshake begun(TlsMode tls) {
      return begun(tls, FIXED_NO_ZEROES);
    }

    private Handshake begun(TlsMode tls, int flags) {
      Handshake handshake = new Handshake(tls, new Exports(), this);
      handshake.begin();
      assertThat(handshake.clientFlags(flags)).isTrue();
      sent.clear();
      return handshake;
    }

    private Handshake fixed(TlsMode tls) {
      Handshake handshake = new Handshake(tls, new Exports(), this);
      handshake.begin();
      handshake.clientFlags(FIXED_NO_ZEROES);
      return handshake;
    }

    private void expect(ByteBuffer... wanted) {
      assertThat(sent).containsExactly(wanted);
      sent.clear();
    }

    @Override
    public void send(ByteBuffer bytes) {
      sent.add(bytes);
    }

    @Override
    public void startTls() {
      heard.add("tls");
    }

    @Override
    public void enter(Agreed agreed) {
      heard.add(agreed);
    }

    @Override
    public void refused(String name, String why) {
      heard.add("refused " + name + ": " + why);
    }

    @Override
    public void close(String why) {
      heard.add("close " + why);
    }
  }
}
