# find_package(reassess [COMPONENTS evaluate reassess io report thrust_cpp thrust_omp thrust_tbb thrust_cuda])
#
# reassess::evaluate needs only threads and is always defined. reassess::reassess also needs Boost; if no components are
# requested, it is defined if Boost is found. The other targets are defined if they are requested: reassess::io also
# needs nlohmann_json, libcsv and libzip; reassess::report needs nlohmann_json; reassess::thrust_* need Thrust's headers
# and OpenMP, TBB or the CUDA toolkit. Only dependencies of the requested components are searched.
include(CMakeFindDependencyMacro)

foreach(component IN LISTS reassess_FIND_COMPONENTS)
    if(NOT EXISTS ${CMAKE_CURRENT_LIST_DIR}/reassess-${component}.cmake)
        set(reassess_FOUND FALSE)
        set(reassess_NOT_FOUND_MESSAGE "this installation of reassess has no component '${component}'")
        return()
    endif()
endforeach()

find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/reassess-evaluate.cmake)

if("reassess" IN_LIST reassess_FIND_COMPONENTS OR "io" IN_LIST reassess_FIND_COMPONENTS OR
   "report" IN_LIST reassess_FIND_COMPONENTS)
    find_dependency(Boost 1.74)
elseif(NOT reassess_FIND_COMPONENTS AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/reassess-reassess.cmake)
    find_package(Boost 1.74 QUIET)
endif()
if(TARGET Boost::headers AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/reassess-reassess.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/reassess-reassess.cmake)
endif()

if("io" IN_LIST reassess_FIND_COMPONENTS)
    find_dependency(nlohmann_json 3.11)
    list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})  # FindCsv.cmake, FindZip.cmake
    find_dependency(Csv)
    find_dependency(Zip)
    list(REMOVE_ITEM CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
    include(${CMAKE_CURRENT_LIST_DIR}/reassess-io.cmake)
endif()

foreach(system IN ITEMS cpp omp tbb cuda)
    if("thrust_${system}" IN_LIST reassess_FIND_COMPONENTS)
        if(system STREQUAL "cuda")
            find_dependency(CUDAToolkit)
        else()
            list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})  # FindThrustHeaders.cmake
            find_dependency(ThrustHeaders 1.17)
            list(REMOVE_ITEM CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
        endif()
        if(system STREQUAL "omp")
            find_dependency(OpenMP COMPONENTS CXX)
        elseif(system STREQUAL "tbb")
            find_dependency(TBB)
        endif()
        include(${CMAKE_CURRENT_LIST_DIR}/reassess-thrust_${system}.cmake)
    endif()
endforeach()

if("report" IN_LIST reassess_FIND_COMPONENTS)
    find_dependency(nlohmann_json 3.11)
    include(${CMAKE_CURRENT_LIST_DIR}/reassess-report.cmake)
endif()
