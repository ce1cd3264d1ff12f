package io.lockstep.iscsi.login;

import io.lockstep.block.Check;
import io.lockstep.iscsi.login.KeyText.Pair;
import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The login phase of one connection (RFC 7143 6.3): takes each login request, gives a [LoginStep].
///
/// Invariants: the stage only goes forward; the full feature phase begins only with a named
/// initiator, an admitted target (or a discovery session) and a request that asked for it; after a
/// [LoginStep.Complete] or [LoginStep.Refuse] no request is taken. Nothing here throws on bad
/// input: each refusal is a status of RFC 7143 11.13.5 with a sentence.
public final class LoginNegotiation {
  /// The only version there is (RFC 7143 11.12.4).
  private static final int VERSION = 0;

  /// Longest text gathered over requests with the C bit.
  private static final int TEXT_BYTES_MAX = 16 << 10;

  /// Most requests in one login; real initiators need at most five.
  private static final int REQUESTS_MAX = 32;

  /// RFC 7143 4.2.7: iqn., eui. and naa. names.
  private static final Pattern NAME =
      Pattern.compile("iqn\\.[\\p{L}\\p{N}.:_-]+|eui\\.[0-9a-f]{16}|naa\\.[0-9a-f]{16,32}");

  private final LoginConfig config;
  private final LoginDirectory directory;
  private final KeyNegotiation keys = new KeyNegotiation();
  private final ByteBuffer gathered = ByteBuffer.allocate(TEXT_BYTES_MAX);

  private @Nullable LoginRequest first;
  private LoginStage stage = LoginStage.SECURITY;
  private int requestCount;
  private int nextStatSn;
  private int cmdSn;
  private boolean ended;

  private String initiatorName = "";
  private Optional<String> targetName = Optional.empty();
  private Optional<SessionParameters> joined = Optional.empty();
  private boolean limitDeclared;

  /// What the other node of the pair is told, also if it is refused as one more initiator.
  private String roleAnswer = "";

  /// What to refuse the request at hand with, once something is wrong.
  private LoginStatus refusal = LoginStatus.SUCCESS;

  private String refusalWhy = "";

  public LoginNegotiation(LoginConfig config, LoginDirectory directory) {
    this.config = config;
    this.directory = directory;
  }

  /// Takes the next request of this connection.
  ///
  /// @param requestCmdSn the CmdSN in its header
  /// @param requestExpStatSn the ExpStatSN there; our numbers begin with that of the first request,
  ///     since some initiators expect it
  public LoginStep onRequest(LoginRequest request, int requestCmdSn, int requestExpStatSn) {
    Check.that(!ended, "the login phase is not over");
    if (requestCount == 0) {
      cmdSn = requestCmdSn;
      nextStatSn = requestExpStatSn;
    }
    StringBuilder answers = new StringBuilder();
    boolean accepted =
        isSane(request) && gather(request) && (request.continues() || takeText(request, answers));
    if (!accepted) {
      ended = true;
      return new LoginStep.Refuse(
          response(request, false, refusal, roleAnswer), nextStatSn++, refusal, refusalWhy);
    }
    boolean transits = request.transit() && !request.continues();
    if (transits) {
      stage = LoginStage.of(request.nextStage()).orElseThrow();
    }
    if (transits && stage == LoginStage.FULL_FEATURE) {
      ended = true;
      return complete(request, answers);
    }
    return new LoginStep.Continue(
        response(request, transits, LoginStatus.SUCCESS, answers), nextStatSn++);
  }

  /// Who logs in, for the log; empty until the name is known.
  public String initiatorName() {
    return initiatorName;
  }

  private boolean isSane(LoginRequest request) {
    requestCount++;
    if (request.versionMin() > VERSION) {
      return refuse(LoginStatus.UNSUPPORTED_VERSION, "the initiator needs a newer version");
    }
    if (requestCount > REQUESTS_MAX) {
      return refuse(LoginStatus.INITIATOR_ERROR, "too many login requests");
    }
    Optional<LoginStage> current = LoginStage.of(request.currentStage());
    LoginRequest leader = first;
    if (leader == null) {
      first = request;
      if (current.isPresent() && current.get() == LoginStage.OPERATIONAL) {
        stage = LoginStage.OPERATIONAL;
      }
    } else if (leader.isid() != request.isid()
        || leader.tsih() != request.tsih()
        || leader.cid() != request.cid()
        || leader.initiatorTaskTag() != request.initiatorTaskTag()) {
      return refuse(
          LoginStatus.INVALID_DURING_LOGIN, "ISID, TSIH, CID or task tag changed during login");
    }
    if (current.isEmpty() || current.get() != stage) {
      return refuse(LoginStatus.INITIATOR_ERROR, "the request is not of the current stage");
    }
    return isTransitSane(request);
  }

  private boolean isTransitSane(LoginRequest request) {
    if (!request.transit()) {
      return true;
    }
    if (request.continues()) {
      return refuse(LoginStatus.INITIATOR_ERROR, "a request has both the T and the C bit");
    }
    Optional<LoginStage> next = LoginStage.of(request.nextStage());
    if (next.isEmpty() || next.get().compareTo(stage) <= 0) {
      return refuse(LoginStatus.INITIATOR_ERROR, "the next stage is not ahead");
    }
    return true;
  }

  private boolean gather(LoginRequest request) {
    if (request.data().remaining() > gathered.remaining()) {
      return refuse(LoginStatus.INITIATOR_ERROR, "the text keys are too long");
    }
    gathered.put(request.data().duplicate());
    return true;
  }

  private boolean takeText(LoginRequest request, StringBuilder answers) {
    gathered.flip();
    Optional<List<Pair>> pairs = KeyText.parse(gathered);
    gathered.clear();
    if (pairs.isEmpty()) {
      return refuse(LoginStatus.INITIATOR_ERROR, "the text keys are malformed or too many");
    }
    boolean opening = initiatorName.isEmpty();
    if (opening && !open(request, pairs.get())) {
      return false;
    }
    Optional<String> fault = keys.take(unanswered(pairs.get()), stage, answers);
    if (fault.isPresent()) {
      return refuse(LoginStatus.INITIATOR_ERROR, fault.get());
    }
    if (keys.wasSaid(TextKey.AUTH_METHOD) && !keys.has(TextKey.AUTH_METHOD)) {
      return refuse(
          LoginStatus.AUTHENTICATION_FAILURE, "the initiator offers no AuthMethod that we have");
    }
    declare(opening, answers);
    return true;
  }

  private List<Pair> unanswered(List<Pair> pairs) {
    return roleAnswer.isEmpty()
        ? pairs
        : pairs.stream().filter(pair -> !pair.key().equals(RoleKey.NAME)).toList();
  }

  /// The first text of a connection says who wants what.
  private boolean open(LoginRequest request, List<Pair> pairs) {
    String initiator = value(pairs, TextKey.INITIATOR_NAME).toLowerCase(Locale.ROOT);
    if (initiator.isEmpty()) {
      return refuse(LoginStatus.MISSING_PARAMETER, "InitiatorName is missing");
    }
    if (initiator.length() > 223 || !NAME.matcher(initiator).matches()) {
      return refuse(LoginStatus.INITIATOR_ERROR, "InitiatorName is not an iSCSI name");
    }
    initiatorName = initiator;
    String type = value(pairs, TextKey.SESSION_TYPE);
    return switch (type) {
      case "", "Normal" -> openNormal(request, pairs);
      case "Discovery" -> openDiscovery(request, pairs);
      default -> refuse(LoginStatus.SESSION_TYPE_NOT_SUPPORTED, "no such SessionType");
    };
  }

  private boolean openDiscovery(LoginRequest request, List<Pair> pairs) {
    keys.discovery(true);
    StringBuilder answer = new StringBuilder();
    pairs.stream()
        .filter(pair -> pair.key().equals(RoleKey.NAME))
        .findFirst()
        .flatMap(pair -> directory.role(pair.value()))
        .ifPresent(role -> KeyText.append(answer, RoleKey.NAME, role));
    roleAnswer = answer.toString();
    if (request.tsih() != 0) {
      return refuse(LoginStatus.SESSION_DOES_NOT_EXIST, "a discovery session has one connection");
    }
    return admit(directory.admitDiscovery(initiatorName), "discovery");
  }

  private boolean openNormal(LoginRequest request, List<Pair> pairs) {
    String target = value(pairs, TextKey.TARGET_NAME).toLowerCase(Locale.ROOT);
    if (target.isEmpty()) {
      return refuse(LoginStatus.MISSING_PARAMETER, "TargetName is missing");
    }
    targetName = Optional.of(target);
    if (!admit(directory.admit(initiatorName, target, request.isid()), target)) {
      return false;
    }
    if (request.tsih() == 0) {
      return true;
    }
    joined = directory.session(initiatorName, target, request.isid(), request.tsih());
    if (joined.isEmpty()) {
      return refuse(LoginStatus.SESSION_DOES_NOT_EXIST, "no session has this TSIH");
    }
    if (joined.get().cid() != request.cid()) {
      return refuse(LoginStatus.TOO_MANY_CONNECTIONS, "a session has one connection");
    }
    keys.leading(false);
    return true;
  }

  private boolean admit(LoginDirectory.Admission admission, String what) {
    return switch (admission) {
      case ADMITTED -> true;
      case NOT_FOUND -> refuse(LoginStatus.NOT_FOUND, "no such target: " + what);
      case NOT_ALLOWED ->
          refuse(LoginStatus.AUTHORIZATION_FAILURE, "the initiator may not use " + what);
      case BUSY -> refuse(LoginStatus.SERVICE_UNAVAILABLE, "not serving now: " + what);
      case FULL -> refuse(LoginStatus.OUT_OF_RESOURCES, "too many sessions for " + what);
    };
  }

  /// What we say unasked: who we are with the first answer (RFC 7143 13.9), and how long a data
  /// segment may be once operational keys are in turn.
  private void declare(boolean opening, StringBuilder answers) {
    if (opening && targetName.isPresent()) {
      String tag = Integer.toString(config.portalGroupTag());
      KeyText.append(answers, TextKey.TARGET_PORTAL_GROUP_TAG.keyName(), tag);
      if (!config.targetAlias().isEmpty()) {
        KeyText.append(answers, TextKey.TARGET_ALIAS.keyName(), config.targetAlias());
      }
    }
    if (opening) {
      answers.append(roleAnswer);
    }
    if (stage == LoginStage.OPERATIONAL && !limitDeclared) {
      limitDeclared = true;
      String limit = Integer.toString(config.dataSegmentBytesMax());
      KeyText.append(answers, TextKey.MAX_RECV_DATA_SEGMENT_LENGTH.keyName(), limit);
    }
  }

  private LoginStep complete(LoginRequest request, StringBuilder answers) {
    int tsih = joined.isPresent() ? request.tsih() : directory.newTsih();
    LoginResponse plain = response(request, true, LoginStatus.SUCCESS, answers);
    LoginResponse response =
        new LoginResponse(
            plain.transit(),
            plain.continues(),
            plain.currentStage(),
            plain.nextStage(),
            plain.versionMax(),
            plain.versionActive(),
            plain.isid(),
            tsih,
            plain.initiatorTaskTag(),
            plain.status(),
            plain.data());
    int statSn = nextStatSn++;
    return new LoginStep.Complete(response, statSn, parameters(request, tsih));
  }

  private SessionParameters parameters(LoginRequest request, int tsih) {
    int ownLimit =
        limitDeclared
            ? config.dataSegmentBytesMax()
            : Integer.parseInt(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH.byDefault());
    SessionParameters agreed =
        new SessionParameters(
            initiatorName,
            keys.text(TextKey.INITIATOR_ALIAS),
            targetName,
            request.isid(),
            tsih,
            request.cid(),
            keys.text(TextKey.HEADER_DIGEST).equals("CRC32C"),
            keys.text(TextKey.DATA_DIGEST).equals("CRC32C"),
            keys.yes(TextKey.INITIAL_R2T),
            keys.yes(TextKey.IMMEDIATE_DATA),
            keys.number(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH),
            ownLimit,
            keys.number(TextKey.MAX_BURST_LENGTH),
            keys.firstBurstLength(),
            keys.number(TextKey.MAX_OUTSTANDING_R2T),
            keys.number(TextKey.DEFAULT_TIME_2_WAIT),
            keys.number(TextKey.DEFAULT_TIME_2_RETAIN),
            cmdSn,
            nextStatSn);
    return joined.map(agreed::joining).orElse(agreed);
  }

  private LoginResponse response(
      LoginRequest request, boolean transits, LoginStatus status, CharSequence answers) {
    ByteBuffer data = KeyText.bytes(answers);
    boolean refused = status != LoginStatus.SUCCESS;
    return new LoginResponse(
        transits,
        false,
        request.currentStage(),
        transits && !refused ? request.nextStage() : 0,
        VERSION,
        VERSION,
        request.isid(),
        request.tsih(),
        request.initiatorTaskTag(),
        status.code(),
        data);
  }

  private boolean refuse(LoginStatus status, String why) {
    refusal = status;
    refusalWhy = why;
    return false;
  }

  private static String value(List<Pair> pairs, TextKey key) {
    for (Pair pair : pairs) {
      if (pair.key().equals(key.keyName())) {
        return pair.value();
      }
    }
    return "";
  }
}
