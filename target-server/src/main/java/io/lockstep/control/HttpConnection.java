package io.lockstep.control;

import static io.netty.handler.codec.http.HttpHeaderNames.CACHE_CONTROL;
import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;

import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.verb.Answer;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to the control socket. Answers one request at a time; a client that sends a
/// second one before the answer, stays silent, or sends what is no request, is cut off. Belongs to
/// the server's loop.
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
  private static final String ACTOR = "Lockstep-Actor";
  private static final String FROM = "Lockstep-From";

  /// The handler's name in a pipeline that ends silent connections.
  static final String IDLE_HANDLER = "idle";

  private final Server server;
  private final Channel channel;
  private final String account;
  private long quietSinceNanos;
  private boolean busy;

  /// What the connections of a server share.
  ///
  /// @param loop the server's own
  /// @param fatal takes what must end the process
  /// @param nodeLoop where requests are handled
  /// @param dispatcher belongs to `nodeLoop`
  record Server(
      Loop loop, Consumer<Throwable> fatal, Loop nodeLoop, Dispatcher dispatcher, EventFeed feed) {}

  HttpConnection(Server server, Channel channel, String account) {
    this.server = server;
    this.channel = channel;
    this.account = account;
    this.quietSinceNanos = server.loop().nowNanos();
  }

  /// Ends it if it has asked nothing for as long, in nanoseconds, and is owed no answer.
  void closeIfSilent(long nanos) {
    if (!busy && server.loop().nowNanos() - quietSinceNanos >= nanos) {
      channel.close();
    }
  }

  /// One request: answered once, by its handler or by its deadline.
  private final class Exchange {
    private final ChannelHandlerContext context;
    private final boolean keepAlive;
    private boolean answered;

    Exchange(ChannelHandlerContext context, boolean keepAlive) {
      this.context = context;
      this.keepAlive = keepAlive;
    }

    void answer(Answer answer) {
      if (answered) {
        return;
      }
      answered = true;
      busy = false;
      quietSinceNanos = server.loop().nowNanos();
      FullHttpResponse response;
      try {
        response = response(Answer.settled(answer));
      } catch (RuntimeException e) {
        LOG.error("an answer could not be written", e);
        response = response(notWritten(e));
      }
      write(context, response, keepAlive);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (busy) {
      context.close();
      return;
    }
    String method = request.method().name();
    String path = request.uri().replaceFirst("\\?.*", "");
    var caller =
        new Caller(account, request.headers().get(ACTOR, ""), request.headers().get(FROM, ""));
    String what = "The request was not done";
    if (request.decoderResult().isFailure() || !path.startsWith("/")) {
      write(context, Answer.badRequest(what, "this is not an HTTP request", "see RFC 9112"), false);
    } else if (!Caller.isActor(caller.actor()) || !Caller.isActor(caller.from())) {
      String why = ACTOR + " or " + FROM + " is not printable ASCII of at most 64 characters";
      write(context, Answer.badRequest(what, why, "shorten it"), false);
    } else if (isStream(method, path)) {
      startEvents(context);
    } else {
      busy = true;
      var exchange = new Exchange(context, HttpUtil.isKeepAlive(request));
      ask(method, path, request, caller, exchange);
    }
  }

  private static boolean isStream(String method, String path) {
    return Requests.find(method, path)
        .filter(verb -> verb.place() == Verb.Place.STREAM)
        .isPresent();
  }

  /// What a GET asks stands in its query, and goes on as a body like any other.
  private void ask(
      String method, String path, FullHttpRequest request, Caller caller, Exchange exchange) {
    Optional<Verb<?, ?>> asking = Requests.find(method, path).filter(Verb::hasQuery);
    byte[] body;
    try {
      body =
          asking.isPresent()
              ? Query.json(request.uri(), asking.get().body())
              : ByteBufUtil.getBytes(request.content());
    } catch (Json.BadJsonException e) {
      exchange.answer(
          Answer.badRequest(
              new Call(method, path, new byte[0], caller, false).undone(),
              "its query is none: " + e.getMessage(),
              "see docs/control-api.yaml"));
      return;
    }
    dispatch(new Call(method, path, body, caller, false), exchange);
  }

  private void dispatch(Call call, Exchange exchange) {
    Loop.Timer deadline =
        server.loop().schedule(() -> exchange.answer(tooLate(call)), Call.ANSWER_NANOS_MAX);
    server
        .nodeLoop()
        .execute(
            () ->
                server
                    .dispatcher()
                    .dispatch(
                        call,
                        answer ->
                            server
                                .loop()
                                .execute(
                                    () -> {
                                      deadline.cancel();
                                      exchange.answer(answer);
                                    })));
  }

  private static Answer tooLate(Call call) {
    return new Answer.Bad(
        504,
        new Refusal(
            call.unanswered(),
            "there is no answer after "
                + TimeUnit.NANOSECONDS.toSeconds(Call.ANSWER_NANOS_MAX)
                + " s",
            "look at `lockstep status`; it may still be done"));
  }

  private void startEvents(ChannelHandlerContext context) {
    if (server.feed().isFull()) {
      String why = "there are " + EventFeed.STREAMS_MAX + " streams already";
      write(context, Answer.unavailable("No event stream", why, "close one"), false);
      return;
    }
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(CONTENT_TYPE, "text/event-stream")
        .set(CACHE_CONTROL, "no-store")
        .set(TRANSFER_ENCODING, "chunked");
    busy = true;
    context.pipeline().remove(IDLE_HANDLER);
    context.writeAndFlush(head);
    server.feed().add(context.channel());
  }

  private static Answer notWritten(RuntimeException e) {
    return Answer.failed(
        "The answer was not given",
        "it met a fault of this program: " + e,
        "the daemon's log has the details");
  }

  private static void write(ChannelHandlerContext context, Answer answer, boolean keepAlive) {
    write(context, response(answer), keepAlive);
  }

  private static void write(
      ChannelHandlerContext context, FullHttpResponse response, boolean keepAlive) {
    response.headers().set(CONTENT_LENGTH, response.content().readableBytes());
    response.headers().set(CACHE_CONTROL, "no-store");
    response.headers().set(CONNECTION, keepAlive ? "keep-alive" : "close");
    var written = context.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static FullHttpResponse response(Answer answer) {
    int status =
        switch (answer) {
          case Answer.Good(int good, Object _) -> good;
          case Answer.Bad(int bad, Refusal _) -> bad;
        };
    byte[] body =
        switch (answer) {
          case Answer.Good(int _, Object message) -> Answer.json(message);
          case Answer.Bad bad -> Json.bytes(bad.problem());
        };
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
    boolean good = answer instanceof Answer.Good;
    response.headers().set(CONTENT_TYPE, good ? "application/json" : Problem.MEDIA_TYPE);
    return response;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent && !busy) {
      context.close();
    }
  }

  /// Whatever goes wrong here ends this connection only: the client's mistakes without a word, ours
  /// with one. No state but the connection's is behind it. An [Error] is no exception to catch.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    switch (cause) {
      case IOException broken -> LOG.debug("a control connection broke", broken);
      case CodecException nonsense -> LOG.debug("no HTTP came in", nonsense);
      case Exception fault -> LOG.error("a control connection is closed by a fault", fault);
      default -> server.fatal().accept(cause);
    }
    context.close();
  }
}
