package org.posthorn.spool;

import java.util.Optional;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.AddressText;

/// What an operator wants done with recipients of the queue.
public sealed interface QueueOrder {
  /// Try now what waits for its time; run dead letters again from the step where they died. What
  /// its sender wants to set out later (RFC 4865) only if it is to be `early`.
  record Retry(boolean early) implements QueueOrder {
    public Retry() {
      this(false);
    }
  }

  /// Stop where they are, until they are released.
  record Hold() implements QueueOrder {}

  /// Let held ones go on at once, or when their sender wants them to set out.
  record Release() implements QueueOrder {}

  /// Send what is on its way to other servers by `host`, or by the MX of each domain again, at
  /// once.
  record Reroute(Optional<Smarthost> host) implements QueueOrder {}

  /// Give up: the sender is told `reason`, or without one what was said last, as after a failure.
  record Fail(Optional<String> reason) implements QueueOrder {
    public Fail(String reason) {
      this(Optional.of(reason));
    }
  }

  /// Forget: nobody is told.
  record Drop() implements QueueOrder {}

  /// Lead what is in a repository through a processor, or through the one that it was to go
  /// through: dead letters from the step where they stopped. What has none stays.
  record Run(Optional<String> processor) implements QueueOrder {}

  /// Forget what has been in a repository for long enough.
  record Expire() implements QueueOrder {}

  /// For the story and the log.
  default String word() {
    return switch (this) {
      case Retry _ -> "retry";
      case Hold _ -> "hold";
      case Release _ -> "release";
      case Reroute(var host) ->
          "reroute to " + host.map(h -> AddressText.ofHost(h.host(), h.port())).orElse("the MX");
      case Fail _ -> "fail";
      case Drop _ -> "drop";
      case Run(var processor) -> "run again" + processor.map(name -> " through " + name).orElse("");
      case Expire _ -> "expire";
    };
  }
}
