#include "delivery/node_red_flow.hpp"

#include <nlohmann/json.hpp>

#include "delivery/records.hpp"

namespace wayside::bench {
namespace {

using nlohmann::json;

/// The function node's code. `up` is told by the status of the MQTT node; `queue` is the file.
constexpr const char* code = R"js(
const queue = env.get('QUEUE');
const old = queue + '.sending';
const topic = line => line.includes('"asset":"probe"') ? 'plant/critical' : 'plant/diagnostic';
function portion() {
    let lines = context.get('lines') || [];
    if (!context.get('up')) {
        if (lines.length) fs.appendFileSync(queue, lines.join('\n') + '\n');
        context.set('lines', []);
        return;
    }
    if (!lines.length && fs.existsSync(queue)) {
        fs.renameSync(queue, old);
        lines = fs.readFileSync(old, 'utf8').split('\n').filter(line => line);
        fs.unlinkSync(old);
    }
    for (const line of lines.splice(0, 1000)) node.send({topic: topic(line), payload: line});
    context.set('lines', lines);
    if (lines.length || fs.existsSync(queue)) setTimeout(portion, 20);
}
if (msg.status) {
    const up = msg.status.fill === 'green';
    const was = context.get('up');
    context.set('up', up);
    if (up && !was) portion();
    return null;
}
const line = msg.payload;
if (!line) return null;
if (context.get('up')) return {topic: topic(line), payload: line};
fs.appendFileSync(queue, line + '\n');
return null;
)js";

}  // namespace

std::string node_red_flow(int listen_port, int broker_port, const std::string& file) {
  // A node without a place, x and y, would count as configuration.
  const json flow = json::array({{{"id", "tab"},
                                  {"type", "tab"},
                                  {"label", "store and forward"},
                                  {"env", {{{"name", "QUEUE"}, {"value", file}, {"type", "str"}}}}},
                                 {{"id", "broker"},
                                  {"type", "mqtt-broker"},
                                  {"broker", "127.0.0.1"},
                                  {"port", std::to_string(broker_port)},
                                  {"clientid", "node-red"},
                                  {"autoConnect", true},
                                  {"usetls", false},
                                  {"protocolVersion", "4"},
                                  {"keepalive", "15"},
                                  {"cleansession", true}},
                                 {{"id", "in"},
                                  {"type", "tcp in"},
                                  {"z", "tab"},
                                  {"x", 100},
                                  {"y", 100},
                                  {"server", "server"},
                                  {"host", ""},
                                  {"port", std::to_string(listen_port)},
                                  {"datamode", "stream"},
                                  {"datatype", "utf8"},
                                  {"newline", "\\n"},
                                  {"topic", ""},
                                  {"wires", {{"queue"}}}},
                                 {{"id", "status"},
                                  {"type", "status"},
                                  {"z", "tab"},
                                  {"x", 100},
                                  {"y", 100},
                                  {"scope", {"out"}},
                                  {"wires", {{"queue"}}}},
                                 {{"id", "queue"},
                                  {"type", "function"},
                                  {"z", "tab"},
                                  {"x", 100},
                                  {"y", 100},
                                  {"func", code},
                                  {"outputs", 1},
                                  {"libs", {{{"var", "fs"}, {"module", "fs"}}}},
                                  {"wires", {{"out"}}}},
                                 {{"id", "out"},
                                  {"type", "mqtt out"},
                                  {"z", "tab"},
                                  {"x", 100},
                                  {"y", 100},
                                  {"topic", ""},
                                  {"qos", "1"},
                                  {"retain", "false"},
                                  {"broker", "broker"},
                                  {"wires", json::array()}}});
  return flow.dump(1);
}

}  // namespace wayside::bench
