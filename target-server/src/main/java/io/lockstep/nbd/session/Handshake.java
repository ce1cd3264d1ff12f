package io.lockstep.nbd.session;

import io.lockstep.nbd.session.ExportLookup.Found;
import io.lockstep.nbd.session.ExportLookup.Listing;
import io.lockstep.nbd.wire.ExportNameReply;
import io.lockstep.nbd.wire.Greeting;
import io.lockstep.nbd.wire.HandshakeFault;
import io.lockstep.nbd.wire.HandshakeFlag;
import io.lockstep.nbd.wire.HandshakeSink;
import io.lockstep.nbd.wire.InfoType;
import io.lockstep.nbd.wire.Option;
import io.lockstep.nbd.wire.OptionError;
import io.lockstep.nbd.wire.OptionReply;
import io.lockstep.nbd.wire.OptionType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The handshake of one client (proto.md, "Newstyle negotiation", "TLS support"): from the greeting
/// to an export, or to the end.
///
/// ```
///  begin ─► client flags ─► options ─► enter (GO, EXPORT_NAME)
///                            ▲    │
///                  secured ──┘    └──► startTls (STARTTLS) or close (ABORT)
/// ```
///
/// Invariants: every option is answered, except where the document says that the connection closes;
/// what was agreed on before TLS is forgotten with it, since anybody could have said it; where TLS
/// is forced, nothing about exports is told before. After enter or close nothing is taken.
/// Belongs to one loop.
public final class Handshake implements HandshakeSink {
  /// Options of one client; a tool that asks about each of a thousand exports needs so many.
  static final int OPTIONS_MAX = 8192;

  private final TlsMode tls;
  private final ExportLookup exports;
  private final HandshakeOutput output;

  private boolean fixed;
  private boolean zeroes;
  private boolean secure;
  private boolean structured;

  /// Which export the chosen contexts are of, by the name that the client gave.
  private String contextsOf = "";

  private List<String> contexts = List.of();
  private int optionCount;
  private boolean leaving;
  private boolean ended;

  public Handshake(TlsMode tls, ExportLookup exports, HandshakeOutput output) {
    this.tls = tls;
    this.exports = exports;
    this.output = output;
  }

  /// Greets the client.
  public void begin() {
    output.send(Greeting.bytes());
  }

  /// The server is going: whatever comes now is answered with that.
  public void shutDown() {
    leaving = true;
  }

  /// TLS is there.
  public void secured() {
    secure = true;
    structured = false;
    contextsOf = "";
    contexts = List.of();
  }

  @Override
  public boolean clientFlags(int flags) {
    if (HandshakeFlag.anyUnknown(flags)) {
      close("the client sets flags that were not offered");
    }
    fixed = HandshakeFlag.FIXED_NEWSTYLE.isIn(flags);
    zeroes = !HandshakeFlag.NO_ZEROES.isIn(flags);
    return !ended;
  }

  @Override
  public void broken(HandshakeFault fault) {
    close(fault.sentence());
  }

  @Override
  public boolean option(Option option) {
    if (ended) {
      return false;
    }
    Set<OptionRule> rules =
        option instanceof Option.Known known ? OptionRule.of(known.type()) : Set.of();
    optionCount++;
    if (optionCount > OPTIONS_MAX) {
      close("the client haggles for ever");
      return false;
    }
    if (!fixed && !rules.contains(OptionRule.BEFORE_FIXED)) {
      close("the client haggles, but does not know the fixed newstyle");
      return false;
    }
    Optional<OptionReply> refusal = refusal(option, rules);
    if (refusal.isPresent() && option.code() == OptionType.EXPORT_NAME.code()) {
      close("an export was asked for by EXPORT_NAME that it does not get");
    } else if (refusal.isPresent()) {
      answer(option, refusal.get());
    } else if (option instanceof Option.Known known) {
      return obey(known);
    }
    return !ended;
  }

  /// Why an option is not obeyed, whatever it is about.
  private Optional<OptionReply> refusal(Option option, Set<OptionRule> rules) {
    if (tls == TlsMode.FORCED && !secure && !rules.contains(OptionRule.BEFORE_TLS)) {
      return refused(OptionError.TLS_REQD, "begin TLS first");
    }
    if (leaving && !(option instanceof Option.Abort)) {
      return refused(OptionError.SHUTDOWN, "this server is going");
    }
    if (rules.contains(OptionRule.AFTER_STRUCTURED) && !structured) {
      return refused(OptionError.INVALID, "agree on structured replies first");
    }
    return switch (option) {
      case Option.Known _ -> Optional.empty();
      case Option.Unknown _ -> refused(OptionError.UNSUP, "this option is not known here");
      case Option.TooLong _ -> refused(OptionError.TOO_BIG, "this option is too long");
      case Option.Malformed(_, String why) -> refused(OptionError.INVALID, why);
    };
  }

  private static Optional<OptionReply> refused(OptionError error, String why) {
    return Optional.of(new OptionReply.Refused(error, why));
  }

  /// @return whether to go on
  private boolean obey(Option.Known option) {
    return switch (option) {
      case Option.ExportName(String name) -> exportName(option, name);
      case Option.Abort() -> {
        answer(option, new OptionReply.Ack());
        close("the client went without taking an export");
        yield false;
      }
      case Option.ListExports() -> list(option);
      case Option.StartTls() -> startTls(option);
      case Option.Info(String name, Set<InfoType> wanted) -> {
        tell(option, name, wanted);
        yield true;
      }
      case Option.Go(String name, Set<InfoType> wanted) -> go(option, name, wanted);
      case Option.StructuredReply() -> {
        structured = true;
        yield ack(option);
      }
      case Option.ListMetaContext(String name, List<String> queries) ->
          listContexts(option, name, queries);
      case Option.SetMetaContext(String name, List<String> queries) ->
          chooseContexts(option, name, queries);
    };
  }

  private boolean exportName(Option option, String name) {
    Optional<ExportFacts> found = find(option, name);
    if (found.isEmpty()) {
      return false;
    }
    ExportFacts facts = found.get();
    int flags = facts.transmissionFlags(structured);
    output.send(new ExportNameReply(facts.sizeBytes(), flags, zeroes).bytes());
    return enter(facts, name);
  }

  private boolean list(Option option) {
    switch (exports.list()) {
      case Listing.Exports(List<ExportLookup.Listed> all) -> {
        for (ExportLookup.Listed export : all) {
          answer(option, new OptionReply.Server(export.name(), export.description()));
        }
        answer(option, new OptionReply.Ack());
      }
      case Listing.Refused(OptionError error, String why) ->
          answer(option, new OptionReply.Refused(error, why));
    }
    return true;
  }

  private boolean startTls(Option option) {
    if (tls == TlsMode.NONE) {
      answer(option, new OptionReply.Refused(OptionError.POLICY, "there is no TLS here"));
      return true;
    }
    if (secure) {
      answer(option, new OptionReply.Refused(OptionError.INVALID, "TLS has begun already"));
      return true;
    }
    answer(option, new OptionReply.Ack());
    output.startTls();
    return false;
  }

  private boolean go(Option option, String name, Set<InfoType> wanted) {
    Optional<ExportFacts> found = find(option, name);
    if (found.isEmpty()) {
      return true;
    }
    ExportFacts facts = found.get();
    if (facts.sizes().mustBeKnown() && !wanted.contains(InfoType.BLOCK_SIZE)) {
      answer(
          option,
          new OptionReply.Refused(
              OptionError.BLOCK_SIZE_REQD,
              "this export has blocks of %d bytes: ask for them"
                  .formatted(facts.sizes().minimum())));
      return true;
    }
    tell(option, facts, wanted);
    return enter(facts, name);
  }

  private void tell(Option option, String name, Set<InfoType> wanted) {
    find(option, name).ifPresent(facts -> tell(option, facts, wanted));
  }

  private void tell(Option option, ExportFacts facts, Set<InfoType> wanted) {
    int flags = facts.transmissionFlags(structured);
    answer(option, new OptionReply.InfoExport(facts.sizeBytes(), flags));
    if (wanted.contains(InfoType.NAME)) {
      answer(option, new OptionReply.InfoName(facts.name()));
    }
    if (wanted.contains(InfoType.DESCRIPTION) && !facts.description().isEmpty()) {
      answer(option, new OptionReply.InfoDescription(facts.description()));
    }
    if (wanted.contains(InfoType.BLOCK_SIZE)) {
      answer(option, new OptionReply.InfoBlockSize(facts.sizes()));
    }
    answer(option, new OptionReply.Ack());
  }

  private boolean enter(ExportFacts facts, String name) {
    List<String> chosen = contextsOf.equals(name) ? contexts : List.of();
    ended = true;
    output.enter(new Agreed(facts, structured, chosen));
    return false;
  }

  private boolean listContexts(Option option, String name, List<String> queries) {
    Optional<ExportFacts> found = find(option, name);
    if (found.isEmpty()) {
      return true;
    }
    for (String context : ContextQueries.list(found.get().contexts(), queries)) {
      answer(option, new OptionReply.MetaContext(0, context));
    }
    return ack(option);
  }

  private boolean chooseContexts(Option option, String name, List<String> queries) {
    contexts = List.of();
    Optional<ExportFacts> found = find(option, name);
    if (found.isEmpty()) {
      return true;
    }
    contextsOf = name;
    contexts = ContextQueries.choose(found.get().contexts(), queries);
    for (int index = 0; index < contexts.size(); index++) {
      answer(option, new OptionReply.MetaContext(Agreed.contextId(index), contexts.get(index)));
    }
    return ack(option);
  }

  private boolean ack(Option option) {
    answer(option, new OptionReply.Ack());
    return true;
  }

  /// An export; if the client cannot have it, it was told so.
  private Optional<ExportFacts> find(Option option, String name) {
    return switch (exports.find(name)) {
      case Found.Serves(ExportFacts facts) -> Optional.of(facts);
      case Found.Refused(OptionError error, String why) -> {
        output.refused(name, why);
        if (option instanceof Option.ExportName) {
          close(why);
        } else {
          answer(option, new OptionReply.Refused(error, why));
        }
        yield Optional.empty();
      }
    };
  }

  private void answer(Option option, OptionReply reply) {
    if (!ended) {
      output.send(reply.bytes(option.code()));
    }
  }

  private void close(String why) {
    if (!ended) {
      ended = true;
      output.close(why);
    }
  }
}
