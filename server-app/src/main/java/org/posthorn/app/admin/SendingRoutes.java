package org.posthorn.app.admin;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.smtp.inbound.SendingBrake;
import org.posthorn.storage.directory.Directory;

/// How much users send to other servers, and who is stopped.
final class SendingRoutes {
  private final Directory directory;
  private final SendingBrake brake;

  SendingRoutes(Directory directory, SendingBrake brake) {
    this.directory = directory;
    this.brake = brake;
  }

  private record View(
      String login, int lastHour, int lastDay, int failed, Optional<String> heldUntil) {
    static View of(SendingBrake.Use use) {
      return new View(
          use.login(),
          use.lastHour(),
          use.lastDay(),
          use.failed(),
          use.heldUntil().map(Instant::toString));
    }
  }

  private record Released(String login, boolean hadSent) {}

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/sending",
            "Recipients elsewhere to whom users have written in the hour and the day that run, how"
                + " many failed, and who is stopped until when (`heldUntil`).",
            (_, _) -> AdminAnswer.ok(brake.uses().stream().map(View::of).toList())),
        new Route(
            "DELETE",
            "/sending/{login}",
            "Forget what a user has sent: one who was stopped may go on.",
            (_, path) -> release(path)));
  }

  private AdminAnswer release(Map<String, String> path) {
    var user = UserRoutes.find(directory, Names.part(path, "login"));
    return AdminAnswer.ok(new Released(user.login().toString(), brake.release(user.login())));
  }
}
