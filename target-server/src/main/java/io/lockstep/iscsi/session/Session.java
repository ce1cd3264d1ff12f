package io.lockstep.iscsi.session;

import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DecodeFault;
import io.lockstep.iscsi.pdu.InitiatorPdu.LogoutRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.NopOut;
import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TextRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.PduSink;
import io.lockstep.iscsi.pdu.RejectReason;
import io.lockstep.iscsi.pdu.TargetPdu.AsyncMessage;
import io.lockstep.iscsi.pdu.TargetPdu.LogoutResponse;
import io.lockstep.iscsi.pdu.TargetPdu.NopIn;
import io.lockstep.iscsi.pdu.TargetPdu.TextResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The full feature phase of a session with its one connection (RFC 7143 4, 11): takes PDUs from a
/// decoder, gives PDUs to a [SessionOutput]. At error recovery level 0 a damaged PDU ends the
/// session; the initiator logs in again.
///
/// Invariants: numbered commands are delivered once and in order; after [#connectionLost] or a
/// closing logout nothing is taken and nothing sent. Belongs to one loop.
public final class Session implements PduSink {
  private final SessionParameters parameters;
  private final SessionOutput output;
  private final Function<String, List<DiscoveredTarget>> targets;
  private final CommandWindow window;
  private final PduSender sender;
  private final KeepAlive keepAlive;

  /// Both null in a discovery session.
  private final @Nullable CommandExecutor commands;

  private final @Nullable TaskManager taskManager;

  private int initiatorDataSegmentBytesMax;
  private @Nullable TextExchange text;
  private int textTag = BasicHeader.NO_TAG;
  private int nextTextTag = 1;
  private boolean closing;
  private boolean lost;

  /// What both kinds of session begin with.
  private record Beginning(
      SessionParameters parameters,
      SessionLimits limits,
      Function<String, List<DiscoveredTarget>> targets,
      SessionOutput output,
      long nowNanos) {}

  private Session(Beginning beginning, @Nullable SessionContext context) {
    SessionLimits limits = beginning.limits;
    long nowNanos = beginning.nowNanos;
    this.parameters = beginning.parameters;
    this.output = beginning.output;
    this.targets = beginning.targets;
    this.window = new CommandWindow(parameters.cmdSn(), limits.commandsMax());
    this.sender = new PduSender(output, window, parameters.statSn());
    this.initiatorDataSegmentBytesMax = parameters.initiatorDataSegmentBytesMax();
    if (context == null) {
      this.commands = null;
      this.taskManager = null;
      this.keepAlive = new KeepAlive(limits.discoveryIdleNanos(), 0, nowNanos);
    } else {
      this.commands = new CommandExecutor(context, sender, window);
      this.taskManager = new TaskManager(context, commands, window, sender);
      this.keepAlive = new KeepAlive(limits.pingAfterNanos(), limits.pingAnswerNanos(), nowNanos);
    }
  }

  /// A session that only asks for targets.
  ///
  /// @param targets what a value of SendTargets stands for
  public static Session discovery(
      SessionParameters parameters,
      SessionLimits limits,
      Function<String, List<DiscoveredTarget>> targets,
      SessionOutput output,
      long nowNanos) {
    return new Session(new Beginning(parameters, limits, targets, output, nowNanos), null);
  }

  /// A session with a target. The nexus is open.
  public static Session normal(
      SessionContext context,
      Function<String, List<DiscoveredTarget>> targets,
      SessionOutput output,
      long nowNanos) {
    return new Session(
        new Beginning(context.parameters(), context.limits(), targets, output, nowNanos), context);
  }

  @Override
  public @Nullable ByteBuffer dataTarget(BasicHeader header, AdditionalHeaders additional) {
    Opcode opcode = header.opcode();
    if (closing || opcode == null) {
      return null;
    }
    return switch (opcode) {
      case SCSI_COMMAND -> beginCommand(header, additional);
      case DATA_OUT -> commands == null ? null : commands.dataOutBegins(header);
      case NOP_OUT, TEXT_REQUEST -> ByteBuffer.allocate(header.dataSegmentLength());
      case TASK_MANAGEMENT_REQUEST, LOGIN_REQUEST, LOGOUT_REQUEST, SNACK_REQUEST -> null;
      case NOP_IN,
          SCSI_RESPONSE,
          TASK_MANAGEMENT_RESPONSE,
          LOGIN_RESPONSE,
          TEXT_RESPONSE,
          DATA_IN,
          LOGOUT_RESPONSE,
          R2T,
          ASYNC_MESSAGE,
          REJECT ->
          null;
    };
  }

  private @Nullable ByteBuffer beginCommand(BasicHeader header, AdditionalHeaders additional) {
    if (commands == null) {
      sender.reject(header, RejectReason.COMMAND_NOT_SUPPORTED);
      return null;
    }
    return admits(header) ? commands.begin(header, additional) : commands.ignore();
  }

  @Override
  public boolean received(
      BasicHeader header,
      AdditionalHeaders additional,
      @Nullable ByteBuffer data,
      boolean dataIntact) {
    keepAlive.heard();
    if (closing) {
      return true;
    }
    if (!dataIntact) {
      sender.reject(header, RejectReason.DATA_DIGEST_ERROR);
      close("a data digest is wrong");
    } else {
      dispatch(header, additional, data == null ? PduSender.NO_DATA : data);
    }
    return output.isWritable();
  }

  private void dispatch(BasicHeader header, AdditionalHeaders additional, ByteBuffer data) {
    Opcode opcode = header.opcode();
    if (opcode == null) {
      sender.reject(header, RejectReason.COMMAND_NOT_SUPPORTED);
      return;
    }
    switch (opcode) {
      case SCSI_COMMAND -> command(header, additional);
      case DATA_OUT -> dataOut(header);
      case NOP_OUT -> nopOut(header, NopOut.read(header, data));
      case TASK_MANAGEMENT_REQUEST -> taskManagement(header);
      case TEXT_REQUEST -> text(header, TextRequest.read(header, data));
      case LOGOUT_REQUEST -> logout(header, LogoutRequest.read(header));
      case SNACK_REQUEST -> sender.reject(header, RejectReason.SNACK_REJECT);
      case LOGIN_REQUEST -> {
        sender.reject(header, RejectReason.PROTOCOL_ERROR);
        close("a login request in the full feature phase");
      }
      case NOP_IN,
          SCSI_RESPONSE,
          TASK_MANAGEMENT_RESPONSE,
          LOGIN_RESPONSE,
          TEXT_RESPONSE,
          DATA_IN,
          LOGOUT_RESPONSE,
          R2T,
          ASYNC_MESSAGE,
          REJECT ->
          sender.reject(header, RejectReason.COMMAND_NOT_SUPPORTED);
    }
  }

  @Override
  public void broken(DecodeFault fault) {
    close(fault.sentence());
  }

  /// Whether a command's number is in turn (RFC 7143 4.2.2.1).
  private boolean admits(BasicHeader header) {
    if (header.immediate()) {
      return true;
    }
    return switch (window.take(header.cmdSn())) {
      case DELIVER -> true;
      case IGNORE -> false;
      case GAP -> {
        close("a command number is missing");
        yield false;
      }
    };
  }

  private void command(BasicHeader header, AdditionalHeaders additional) {
    int length = header.dataSegmentLength();
    if (length == 0) {
      beginCommand(header, additional);
    }
    if (commands != null) {
      commands.beginDone(length);
    }
  }

  private void dataOut(BasicHeader header) {
    if (commands == null) {
      sender.reject(header, RejectReason.PROTOCOL_ERROR);
      return;
    }
    int length = header.dataSegmentLength();
    if (length == 0) {
      commands.dataOutBegins(header);
    }
    commands.dataOutDone(length);
  }

  private void nopOut(BasicHeader header, NopOut ping) {
    if (ping.initiatorTaskTag() == BasicHeader.NO_TAG) {
      return;
    }
    if (admits(header)) {
      int length = Math.min(ping.data().remaining(), initiatorDataSegmentBytesMax);
      ByteBuffer echo = ping.data().slice(ping.data().position(), length);
      sender.sendStatus(
          new NopIn(ping.lun(), ping.initiatorTaskTag(), BasicHeader.NO_TAG, echo), echo);
    }
  }

  private void taskManagement(BasicHeader header) {
    if (taskManager == null) {
      sender.reject(header, RejectReason.COMMAND_NOT_SUPPORTED);
    } else if (admits(header)) {
      taskManager.onRequest(TaskManagementRequest.read(header), header.cmdSn());
    }
  }

  private void text(BasicHeader header, TextRequest request) {
    if (!admits(header)) {
      return;
    }
    TextExchange exchange = text;
    boolean goesOn = request.targetTransferTag() != BasicHeader.NO_TAG;
    if (goesOn && (exchange == null || request.targetTransferTag() != textTag)) {
      sender.reject(header, RejectReason.PROTOCOL_ERROR);
      return;
    }
    if (!goesOn || exchange == null) {
      exchange = new TextExchange(this::targetsFor);
      text = exchange;
    }
    if (!exchange.gather(request.data())) {
      text = null;
      sender.reject(header, RejectReason.NEGOTIATION_RESET);
      return;
    }
    if (request.continues()) {
      answerText(request, exchange);
      return;
    }
    if (!exchange.isConcluded()) {
      Optional<String> fault = exchange.conclude();
      if (fault.isPresent()) {
        text = null;
        sender.reject(header, RejectReason.PROTOCOL_ERROR);
        return;
      }
    }
    answerText(request, exchange);
  }

  private void answerText(TextRequest request, TextExchange exchange) {
    ByteBuffer piece = exchange.nextPiece(initiatorDataSegmentBytesMax);
    boolean more = exchange.hasMore();
    boolean over = !more && request.isFinal() && !request.continues();
    textTag = over ? BasicHeader.NO_TAG : nextTextTag++ & 0x7fff_ffff;
    sender.sendStatus(
        new TextResponse(over, more, request.lun(), request.initiatorTaskTag(), textTag, piece),
        piece);
    if (over) {
      text = null;
      exchange.newDataSegmentBytesMax().ifPresent(this::limitDataSegments);
    }
  }

  private void limitDataSegments(int bytesMax) {
    initiatorDataSegmentBytesMax = bytesMax;
    if (commands != null) {
      commands.initiatorDataSegmentBytesMax(bytesMax);
    }
  }

  /// RFC 7143 appendix C: "All" is for discovery sessions only, nothing means the session's own
  /// target.
  private Optional<List<DiscoveredTarget>> targetsFor(String value) {
    Optional<String> own = parameters.targetName();
    if (own.isEmpty()) {
      return Optional.of(targets.apply(value));
    }
    if (value.equals("All")) {
      return Optional.empty();
    }
    boolean asksOwn = value.isEmpty() || value.equals(own.get());
    return Optional.of(asksOwn ? targets.apply(own.get()) : List.of());
  }

  private void logout(BasicHeader header, LogoutRequest request) {
    if (!admits(header)) {
      return;
    }
    boolean otherConnection =
        request.reason() != LogoutRequest.CLOSE_SESSION && request.cid() != parameters.cid();
    if (request.reason() > LogoutRequest.REMOVE_FOR_RECOVERY) {
      sender.reject(header, RejectReason.INVALID_PDU_FIELD);
    } else if (request.reason() == LogoutRequest.REMOVE_FOR_RECOVERY) {
      respond(request, LogoutResponse.RECOVERY_NOT_SUPPORTED);
    } else if (otherConnection) {
      respond(request, LogoutResponse.CID_NOT_FOUND);
    } else {
      if (commands != null) {
        commands.abortAll(true, 0);
      }
      respond(request, LogoutResponse.CLOSED);
      close("logout");
    }
  }

  private void respond(LogoutRequest request, int response) {
    sender.sendStatus(
        new LogoutResponse(
            response,
            request.initiatorTaskTag(),
            parameters.time2WaitSeconds(),
            parameters.time2RetainSeconds()),
        PduSender.NO_DATA);
  }

  /// Looks after an initiator that is silent; called every few seconds.
  public void tick(long nowNanos) {
    if (closing) {
      return;
    }
    if (commands != null && commands.isDataOverdue(nowNanos)) {
      close("the data of a write does not come");
      return;
    }
    switch (keepAlive.due(nowNanos)) {
      case NOTHING -> {}
      case PING -> ping();
      case GIVE_UP -> close("the initiator does not answer");
    }
  }

  private void ping() {
    if (commands == null) {
      close("the discovery session is idle");
      return;
    }
    int tag = commands.nextTransferTag();
    NopIn ping = new NopIn(0, BasicHeader.NO_TAG, tag, PduSender.NO_DATA);
    sender.sendWithoutStatus(ping, PduSender.NO_DATA);
  }

  /// Tells the initiator that its session ends, and ends it (RFC 7143 11.9).
  public void shutDown(String why) {
    if (closing) {
      return;
    }
    if (commands != null) {
      commands.abortAll(true, 0);
    }
    int wait = parameters.time2WaitSeconds();
    sender.sendStatus(
        new AsyncMessage(AsyncMessage.DROP_SESSION, 0, 0, wait, 0), PduSender.NO_DATA);
    close(why);
  }

  private void close(String why) {
    if (!closing) {
      closing = true;
      output.close(why);
    }
  }

  /// The connection is gone. Told once; nothing is sent any more.
  ///
  /// @param quiet runs when no task of this session executes any more: only then may the initiator
  ///     open the session anew, or an old write could overtake a new one
  public void connectionLost(Runnable quiet) {
    closing = true;
    if (lost) {
      return;
    }
    lost = true;
    if (commands == null) {
      quiet.run();
    } else {
      commands.connectionLost(quiet);
    }
  }

  /// Commands that have not been answered.
  public int commandsInFlight() {
    return commands == null ? 0 : commands.inFlight();
  }

  public SessionParameters parameters() {
    return parameters;
  }
}
