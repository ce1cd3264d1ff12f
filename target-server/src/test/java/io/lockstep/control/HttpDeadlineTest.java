package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.control.api.Requests;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A handler that never answers.
@Tag("unit")
final class HttpDeadlineTest {
  @Test
  void whoeverAsksIsAnsweredAfter120SecondsAtTheLatest() {
    var loop = new VirtualLoop();
    var node = new SampleNode(loop, "a", true);
    var dispatcher = new Dispatcher(node);
    dispatcher.handlers().on(Requests.CREATE_VOLUME, (_, _, _) -> {});
    var channel = new EmbeddedChannel();
    var server =
        new HttpConnection.Server(loop, _ -> {}, loop, dispatcher, new EventFeed(loop, node));
    channel.pipeline().addLast(new HttpConnection(server, channel, "uid 0, pid 1"));

    channel.writeInbound(
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.POST,
            "/v1/volumes",
            Unpooled.copiedBuffer("{\"name\":\"vm1\"}", StandardCharsets.UTF_8)));
    loop.runReady();
    loop.advance(TimeUnit.SECONDS.toNanos(120) - 1);
    assertThat(channel.outboundMessages()).isEmpty();
    loop.advance(1);

    FullHttpResponse answer = Objects.requireNonNull(channel.readOutbound());
    assertThat(answer.status().code()).isEqualTo(504);
    assertThat(answer.content().toString(StandardCharsets.UTF_8))
        .contains("`volume create` has no answer", "there is no answer after 120 s");
    answer.release();
  }
}
