#pragma once

#include "plants/plant.hpp"

namespace wayside::plants {

/// A six-axle diesel-electric freight locomotive of 2.2 MW with its share of a train.
[[nodiscard]] PlantType locomotive_type();

}  // namespace wayside::plants
