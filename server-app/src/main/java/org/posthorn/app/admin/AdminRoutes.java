package org.posthorn.app.admin;

import java.util.List;

/// All that the API can do, in one table.
public final class AdminRoutes {
  List<Route> table() {
    return List.of();
  }
}
